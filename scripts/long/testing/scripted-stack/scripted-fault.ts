import type { Fault } from '../../../../fixtures/faults/fault.ts';

/**
 * The fault as it is, but for its proofs: on a scripted stack there is no traffic to look at, and the matrix compares
 * the whole state of the stack instead.
 */
export function scripted(fault: Fault<unknown>): Fault<unknown> {
  const prove = async () => 'scripted';
  if (fault.kind === 'reversible') return { ...fault, prove, proveGone: async () => undefined };
  return { ...fault, prove, recovery: { ...fault.recovery, missing: async () => undefined } };
}
