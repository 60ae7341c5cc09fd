import { createHistogram } from '../../fixtures/load/histogram.ts';
import { createProber } from '../../fixtures/load/prober.ts';
import { scheduleTrouble } from '../../fixtures/load/self-check.ts';
import type { PeerResult } from './peers.ts';
import { peers } from './peers.ts';
import { referenceTarget, startReference } from './start-reference.ts';
import { milliseconds, table } from './table.ts';

const stalls = { everyMs: 10_000, forMs: 1000 };
const perWallSecond = 200;

/**
 * Users arrive evenly, a tenth of them in a stall, where they wait for what is left of it: uniform over its length. So
 * a share of ¹⁄₁₀ · (1 − x / 1 s) waits longer than x, which is 1 % at 900 ms.
 */
export const trueP99Ms = stalls.forMs * (1 - 0.01 / (stalls.forMs / stalls.everyMs));

export interface Omission {
  readonly ours: PeerResult & { readonly trouble?: string };
  readonly others: readonly PeerResult[];
}

/** A server that stalls for 1 s of every 10 s, seen by the prober and by other generators, one after another. */
export async function measureOmission({
  forSeconds = 30,
  withPeers = true,
}: {
  readonly forSeconds?: number;
  readonly withPeers?: boolean;
} = {}): Promise<Omission> {
  await using server = await startReference({ stalls });
  const url = `${server.url}/`;
  const ours = await prober(url, forSeconds);
  const others: PeerResult[] = [];
  for (const peer of withPeers ? peers : []) others.push(await peer({ url, perWallSecond, forSeconds }));
  return { ours, others };
}

export function omissionTable({ ours, others }: Omission): string {
  const truth: PeerResult = { peer: 'the truth', p50Ms: 0, p99Ms: trueP99Ms };
  return table(
    [truth, ours, ...others].map(({ peer, requests, p50Ms, p99Ms, skipped }) => ({
      generator: peer,
      requests: requests ?? '',
      p50: p50Ms === undefined ? '' : milliseconds(p50Ms),
      p99: p99Ms === undefined ? '' : milliseconds(p99Ms),
      'off by': p99Ms === undefined ? (skipped ?? '') : `${(100 * (p99Ms / trueP99Ms - 1)).toFixed(1)} %`,
    })),
  );
}

async function prober(url: string, forSeconds: number): Promise<Omission['ours']> {
  await using thread = createProber(referenceTarget);
  const record = await thread.start(
    { stream: 'stalls', url, perWallSecond, requests: perWallSecond * forSeconds },
    () => undefined,
  ).done;
  const latency = createHistogram(record.latency);
  return {
    peer: `the prober (${perWallSecond} a second)`,
    requests: record.sent,
    p50Ms: latency.percentileMs(50),
    p99Ms: latency.percentileMs(99),
    trouble: scheduleTrouble(record),
  };
}
