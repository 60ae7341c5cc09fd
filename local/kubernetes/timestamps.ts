import { formatMicroTime, formatTime } from './apiserver/instants.ts';

/**
 * The client's models declare `Date` where the API has RFC 3339 text. In this process objects are as they are on the
 * wire, so instants are written as text.
 */
export function stamp(instant: Date): Date {
  return formatTime(instant) as unknown as Date;
}

/** Leases and event times. */
export function microStamp(instant: Date): Date {
  return formatMicroTime(instant) as unknown as Date;
}

/** Unix milliseconds of a wire instant; `undefined` stays so. */
export function instantMs(value: Date | string | undefined): number | undefined {
  return value === undefined ? undefined : new Date(value).getTime();
}
