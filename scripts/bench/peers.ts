import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { saturate } from '../../fixtures/load/saturate.ts';
import { referenceTarget } from './start-reference.ts';

/** What another generator says of a server's latency; undefined where it does not say. */
export interface PeerResult {
  readonly peer: string;
  readonly requests?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Why it was not run. */
  readonly skipped?: string;
}

export interface PeerOptions {
  readonly url: string;
  readonly perWallSecond: number;
  readonly forSeconds: number;
}

const execute = promisify(execFile);
const connections = 10;

/** Each as its manual says: autocannon and wrk as fast as their connections allow, k6 at a constant arrival rate. */
export const peers: readonly ((options: PeerOptions) => Promise<PeerResult>)[] = [autocannon, wrk, k6];

async function autocannon({ url, forSeconds }: PeerOptions): Promise<PeerResult> {
  const { signal } = new AbortController();
  const { requests, latencyMs } = await saturate(referenceTarget, {
    url,
    forWallMs: forSeconds * 1000,
    maxRequests: Number.MAX_SAFE_INTEGER,
    connections,
    workers: 1,
    signal,
  });
  return { peer: 'autocannon (closed loop)', requests, p50Ms: latencyMs.p50, p99Ms: latencyMs.p99 };
}

async function wrk({ url, forSeconds }: PeerOptions): Promise<PeerResult> {
  const peer = 'wrk (closed loop)';
  if (!isInstalled('wrk', '-v')) return { peer, skipped: notInstalled('wrk') };
  const { stdout } = await execute('wrk', ['-t1', `-c${connections}`, `-d${forSeconds}s`, '--latency', url]);
  const percentile = (percent: number) => {
    const [, value, unit] = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s)`, 'm').exec(stdout) ?? [];
    return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit ?? ''] ?? Number.NaN);
  };
  const [, requests] = /(\d+) requests in/.exec(stdout) ?? [];
  return { peer, requests: Number(requests), p50Ms: percentile(50), p99Ms: percentile(99) };
}

async function k6({ url, perWallSecond, forSeconds }: PeerOptions): Promise<PeerResult> {
  const peer = 'k6 (constant arrival rate)';
  if (!isInstalled('k6', 'version')) return { peer, skipped: notInstalled('k6') };
  const directory = mkdtempSync(join(tmpdir(), 'stormproof-k6-'));
  try {
    const [script, summary] = [join(directory, 'script.js'), join(directory, 'summary.json')];
    writeFileSync(script, k6Script(url, perWallSecond, forSeconds));
    await execute('k6', ['run', '--quiet', '--no-usage-report', '--summary-export', summary, script]);
    const { metrics } = JSON.parse(readFileSync(summary, 'utf8'));
    const { med, 'p(99)': p99 } = metrics.http_req_duration;
    return { peer, requests: metrics.http_reqs.count, p50Ms: med, p99Ms: p99 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function k6Script(url: string, perWallSecond: number, forSeconds: number): string {
  const scenario = {
    executor: 'constant-arrival-rate',
    rate: perWallSecond,
    timeUnit: '1s',
    duration: `${forSeconds}s`,
    preAllocatedVUs: perWallSecond * 2,
  };
  return `import http from 'k6/http';
export const options = ${JSON.stringify({ scenarios: { steady: scenario }, summaryTrendStats: ['med', 'p(99)'] })};
export default () => http.get('${url}');
`;
}

function isInstalled(program: string, argument: string): boolean {
  return spawnSync(program, [argument]).error === undefined;
}

function notInstalled(program: string): string {
  return `${program} is not installed: scripts/bench/install-peers.sh`;
}
