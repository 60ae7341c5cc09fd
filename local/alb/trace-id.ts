import type { Random } from '../base/random.ts';

/**
 * The X-Amzn-Trace-Id that goes to the target (ELB User Guide, "Request tracing"): a Root is added when there is
 * none, else a Self is inserted, or replaced, in front; other fields stay.
 */
export function traceHeader(received: string | undefined, now: Date, random: Random): string {
  const id = `1-${Math.floor(now.getTime() / 1000)
    .toString(16)
    .padStart(8, '0')}-${random.hex(24)}`;
  if (!received) return `Root=${id}`;
  const fields = received
    .split(';')
    .map((field) => field.trim())
    .filter((field) => field !== '' && !/^self=/i.test(field));
  const own = fields.some((field) => /^root=/i.test(field)) ? 'Self' : 'Root';
  return [`${own}=${id}`, ...fields].join(';');
}
