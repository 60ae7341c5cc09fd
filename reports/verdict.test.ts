import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcome, Verdict } from './verdict.ts';
import { exitCodeOf, leftInjected, verdictOf } from './verdict.ts';

const core = (...outcomes: readonly Outcome[]) =>
  outcomes.map((outcome, index) => ({ id: `X-${index}`, level: 'core' as const, outcome }));
const extended = (...outcomes: readonly Outcome[]) =>
  outcomes.map((outcome, index) => ({ id: `E-${index}`, level: 'extended' as const, outcome }));
const waiver = (requirement: string, expired: boolean) => ({
  requirement,
  owner: 'ops',
  reason: 'known',
  expires: '2026-01-01',
  expired,
});

test.each<[string, Parameters<typeof verdictOf>, Verdict]>([
  ['all pass', [core('pass', 'pass')], 'conformant'],
  ['a part that is declared absent', [core('pass', 'not-applicable')], 'conformant'],
  ['one fail, whatever else', [core('pass', 'inconclusive', 'skipped', 'fail')], 'nonconformant'],
  ['one without an answer', [core('pass', 'skipped', 'inconclusive')], 'inconclusive'],
  ['one that was not run', [core('pass', 'unverifiable-here', 'not-run')], 'inconclusive'],
  ['one left out', [core('pass', 'skipped')], 'partial'],
  ['one that this stack cannot show', [core('pass', 'unverifiable-here')], 'partial'],
  ['nothing planned', [[]], 'inconclusive'],
  ['nothing applies', [core('not-applicable')], 'inconclusive'],
  ['only extended ones', [extended('pass')], 'inconclusive'],
  ['an extended failure', [[...core('pass'), ...extended('fail', 'not-run')]], 'conformant'],
  ['a waived failure', [core('fail', 'pass'), [waiver('X-0', false)]], 'conformant'],
  ['an expired waiver', [core('fail', 'pass'), [waiver('X-0', true)]], 'nonconformant'],
  ['nothing but waived failures', [core('fail'), [waiver('X-0', false)]], 'inconclusive'],
])('%s', (_, args, verdict) => {
  expect(verdictOf(...args)).toBe(verdict);
});

test('exit codes: the first that holds of 6, 5, 7, 1, 3, 0', () => {
  const verdicts = fc.constantFrom<Verdict>('conformant', 'nonconformant', 'inconclusive', 'partial');
  fc.assert(
    fc.property(verdicts, fc.boolean(), fc.boolean(), fc.boolean(), (verdict, left, aborted, harness) => {
      const code = exitCodeOf({
        verdict,
        integrity: {
          complete: !aborted,
          leftInjected: left ? ['X-1/1'] : [],
          abortedBy: aborted ? 'SIGINT' : undefined,
          harnessError: harness ? 'a bug' : undefined,
        },
      });
      const precedence: readonly (readonly [boolean, number])[] = [
        [left, 6],
        [aborted, 5],
        [harness, 7],
        [verdict === 'nonconformant', 1],
        [verdict !== 'conformant', 3],
        [true, 0],
      ];
      expect(code).toBe(precedence.find(([holds]) => holds)?.[1]);
    }),
  );
});

test('a fault is left until it is proved gone: reverted is not enough', () => {
  const fault = { name: 'cut', requirement: 'X-1', target: 'it', requestedAt: '' };
  const faults = [
    { ...fault, id: 'a', revertedAt: '2026-01-01' },
    { ...fault, id: 'b', provedGoneAt: '2026-01-01' },
    { ...fault, id: 'c' },
  ];
  expect(leftInjected(faults)).toEqual(['a', 'c']);
});
