import type { FaultRecord, Integrity, RequirementResult, Waiver } from './report.ts';

/** What became of one requirement (design §5). */
export type Outcome =
  | 'pass'
  | 'fail'
  | 'inconclusive'
  | 'not-applicable'
  | 'unverifiable-here'
  | 'skipped'
  | 'not-run';

export type Verdict = 'conformant' | 'nonconformant' | 'inconclusive' | 'partial';

/** Any core fail, else a core inconclusive or not-run, else a core part left out, else conformant (design §5). */
export function verdictOf(
  requirements: readonly Pick<RequirementResult, 'id' | 'level' | 'outcome'>[],
  waivers: readonly Waiver[] = [],
): Verdict {
  const waived = new Set(waivers.filter((waiver) => !waiver.expired).map((waiver) => waiver.requirement));
  const counted = requirements.filter(({ id, level }) => level === 'core' && !waived.has(id));
  const has = (...outcomes: readonly Outcome[]) => counted.some(({ outcome }) => outcomes.includes(outcome));
  if (has('fail')) return 'nonconformant';
  if (counted.length === 0 || has('inconclusive', 'not-run')) return 'inconclusive';
  if (has('skipped', 'unverifiable-here')) return 'partial';
  // What applies to nothing has shown nothing: absent evidence is never a pass.
  return has('pass') ? 'conformant' : 'inconclusive';
}

/** Documented exit codes; precedence 6, 5, 7, 4, 2, 1, 3, 0 (design §5). */
export const exitCodes = {
  conformant: 0,
  nonconformant: 1,
  usage: 2,
  inconclusive: 3,
  stackFailed: 4,
  aborted: 5,
  leftInjected: 6,
  harnessFailed: 7,
} as const;

export function exitCodeOf({
  verdict,
  integrity,
}: {
  verdict: Verdict;
  integrity: Pick<Integrity, 'complete' | 'abortedBy' | 'leftInjected' | 'harnessError'>;
}): number {
  if (integrity.leftInjected.length > 0) return exitCodes.leftInjected;
  if (integrity.abortedBy !== undefined) return exitCodes.aborted;
  if (integrity.harnessError !== undefined) return exitCodes.harnessFailed;
  if (verdict === 'nonconformant') return exitCodes.nonconformant;
  return verdict === 'conformant' ? exitCodes.conformant : exitCodes.inconclusive;
}

/** A fault counts as left when it may have been injected and nothing proves that it is gone. */
export function leftInjected(faults: readonly FaultRecord[]): readonly string[] {
  return faults.filter((fault) => fault.provedGoneAt === undefined).map((fault) => fault.id);
}
