import { expect, test } from 'vitest';
import type { JournalEvent, TrafficEntry } from './journal.ts';
import { summarizeTraffic } from './traffic.ts';

const startedAtMs = 1_700_000_000_000;
const everyTenthOfASecond = Array.from({ length: 100 }, (_, number) => startedAtMs + number * 100);

function traffic(
  stream: string,
  more: Partial<TrafficEntry>,
  failsAt: (atMs: number) => boolean = () => false,
): JournalEvent {
  return {
    at: '',
    elapsedMs: 0,
    type: 'traffic',
    stream,
    requirement: 'X-1',
    users: true,
    samples: everyTenthOfASecond.map((atMs) => [atMs, 1, failsAt(atMs - startedAtMs) ? 0 : 1]),
    ...more,
  };
}

const between = (fromMs: number, toMs: number) => (atMs: number) => atMs >= fromMs && atMs < toMs;

test('an outage has its bounds; what failed with the control stream is no outage and no failure', () => {
  const deployment = between(2000, 3000);
  const ours = between(6000, 8000);
  const load = summarizeTraffic(
    [
      traffic('s', {}, (atMs) => deployment(atMs) || ours(atMs)),
      traffic('control of s', { users: false, over: 's' }, ours),
    ],
    startedAtMs,
  );
  expect(load).toMatchObject({
    requests: 100,
    failedRequests: 10,
    unattributedRequests: 20,
    longestOutageMs: 1000,
    ownNetwork: { requests: 100, unreached: 20 },
  });
  expect(load.streams).toMatchObject([
    {
      stream: 's',
      outages: {
        count: 1,
        longest: [{ fromMs: 2000, lengthMs: 1000, atLeastMs: 900, atMostMs: 1100, failed: 10, open: false }],
      },
      errorWindows: [{ fromMs: 2000, toMs: 2900, failed: 10 }],
    },
  ]);
});

test('without a control stream every failure counts, and one of another stream excuses nothing', () => {
  const broken = between(2000, 3000);
  const load = summarizeTraffic(
    [traffic('s', {}, broken), traffic('control of t', { users: false, over: 't' }, broken)],
    startedAtMs,
  );
  expect(load).toMatchObject({ failedRequests: 10, unattributedRequests: 0 });
});

test('a request sent late tells of when it was sent', () => {
  const samples = everyTenthOfASecond.map((atMs, number): TrafficEntry['samples'][number] => {
    // The generator stood still for a second: what was due meanwhile went out at its end, when all was well.
    const lagMs = number >= 20 && number < 30 ? (30 - number) * 100 : 0;
    return [atMs, 1 + lagMs, number >= 15 && number < 20 ? 0 : 1, lagMs];
  });
  const [stream] = summarizeTraffic([traffic('s', { samples })], startedAtMs).streams;
  expect(stream?.outages.longest).toMatchObject([{ atLeastMs: 400, atMostMs: 1600 }]);
});
