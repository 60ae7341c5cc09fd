import { stamp } from './timestamps.ts';

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: Date;
}

export function findCondition<T extends Condition>(
  conditions: readonly T[] | undefined,
  type: string,
): T | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** The list with `next` in it. The transition time moves only when the status does. */
export function withCondition<T extends Condition>(
  conditions: readonly T[] | undefined,
  next: T,
  now: Date,
): T[] {
  const current = findCondition(conditions, next.type);
  const lastTransitionTime =
    current?.lastTransitionTime && current.status === next.status ? current.lastTransitionTime : stamp(now);
  const written: T = { ...next, lastTransitionTime };
  if (!current) return [...(conditions ?? []), written];
  return (conditions ?? []).map((condition) => (condition === current ? written : condition));
}

export function withoutCondition<T extends Condition>(
  conditions: readonly T[] | undefined,
  type: string,
): T[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}
