import type { Fault } from '../../../../fixtures/faults/fault.ts';

/** Nobody watches limits here, and the stack's clock runs so fast that a runner would be late. */
const unlimitedMs = 1e12;

/**
 * The fault as it is, but for its proofs: on a scripted stack there is no traffic to look at, and the matrix compares
 * the whole state of the stack instead.
 */
export function scripted(fault: Fault<unknown>): Fault<unknown> {
  const parts = { prove: async () => 'scripted', maxDurationMs: unlimitedMs };
  if (fault.kind === 'reversible') return { ...fault, ...parts, proveGone: async () => undefined };
  return { ...fault, ...parts, recovery: { ...fault.recovery, missing: async () => undefined } };
}
