import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attribute } from './attribution.ts';

type Request = readonly [number, number];
const everyTenth = (fromMs: number, toMs: number): readonly Request[] =>
  Array.from({ length: Math.floor((toMs - fromMs) / 100) }, (_, number) => [fromMs + number * 100, 2]);
const marginMs = 200;

test('with a control stream that was fine all through, every failure is the deployment’s', () => {
  const failed: readonly Request[] = [
    [1000, 5],
    [2000, 3000],
  ];
  const { attributed, unattributed } = attribute(
    failed,
    { reached: everyTenth(0, 6000), unreached: [] },
    marginMs,
  );
  expect(attributed).toEqual(failed);
  expect(unattributed).toEqual([]);
});

test('a failure near one of the control stream’s, or in a time-out that spans one, is nobody’s', () => {
  const reached = [...everyTenth(0, 2000), ...everyTenth(3000, 10_000)];
  const unreached = everyTenth(2000, 3000);
  const failed: readonly Request[] = [
    [1500, 5],
    [1850, 5],
    [2500, 5],
    [3080, 5],
    [3500, 5],
    [500, 1500],
  ];
  const { attributed } = attribute(failed, { reached, unreached }, marginMs);
  expect(attributed).toEqual([
    [1500, 5],
    [3500, 5],
  ]);
});

test('a control request that times out long after it was sent covers the time between', () => {
  const reached = everyTenth(0, 9000);
  const failed: readonly Request[] = [
    [2500, 5],
    [5000, 5],
  ];
  const { unattributed } = attribute(failed, { reached, unreached: [[2000, 2000]] }, marginMs);
  expect(unattributed).toEqual([[2500, 5]]);
});

test('without a control stream nothing is attributed: absent evidence is never a failure', () => {
  const failed: readonly Request[] = [[1000, 5]];
  expect(attribute(failed, { reached: [], unreached: [] }, marginMs).unattributed).toEqual(failed);
  expect(attribute(failed, { reached: [[5000, 1]], unreached: [] }, marginMs).unattributed).toEqual(failed);
});

test('each failure is in one half, as a search through everything would have it', () => {
  const requests = fc.array(fc.tuple(fc.nat(5000), fc.nat(2000)), { maxLength: 40 });
  fc.assert(
    fc.property(requests, requests, requests, (failed, reached, unreached) => {
      const { attributed, unattributed } = attribute(failed, { reached, unreached }, marginMs);
      expect(attributed.length + unattributed.length).toBe(failed.length);
      const naive = failed.filter(([atMs, tookMs]) => {
        const [fromMs, toMs] = [atMs - marginMs, atMs + tookMs + marginMs];
        const near = reached.some(([at]) => at > fromMs && at <= toMs);
        return near && !unreached.some(([at, took]) => at <= toMs && at + took >= fromMs);
      });
      expect(attributed).toEqual(naive);
    }),
  );
});
