import type { IntOrString } from '@kubernetes/client-node';

/** `intstr.GetScaledValueFromIntOrPercent`: a number as it is, a percentage of `total`, rounded as told. */
export function scaledValue(value: IntOrString, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  if (percent === undefined) {
    throw new RangeError(`Cannot read "${value}": expected an integer or a percentage such as 25%`);
  }
  const scaled = (Number(percent) * total) / 100;
  return rounding === 'up' ? Math.ceil(scaled) : Math.floor(scaled);
}
