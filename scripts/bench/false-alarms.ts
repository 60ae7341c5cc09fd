import { createProber } from '../../fixtures/load/prober.ts';
import { scheduleTrouble } from '../../fixtures/load/self-check.ts';
import { referenceTarget, startReference } from './start-reference.ts';
import { table } from './table.ts';

export interface FalseAlarms {
  readonly requests: number;
  readonly perWallSecond: number;
  readonly alarms: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly trouble?: string;
}

/** Healthy requests in open loop, each of them a chance to cry wolf. */
export async function measureFalseAlarms({
  requests = 1_000_000,
  perWallSecond = 2500,
}: {
  readonly requests?: number;
  readonly perWallSecond?: number;
} = {}): Promise<FalseAlarms> {
  await using server = await startReference();
  await using prober = createProber(referenceTarget);
  const startedMs = performance.now();
  const record = await prober.start(
    { stream: 'healthy', url: `${server.url}/`, perWallSecond, requests, keepsSamples: false },
    () => undefined,
  ).done;
  const { sent, served, failures } = record;
  return {
    requests: sent,
    perWallSecond: sent / ((performance.now() - startedMs) / 1000),
    alarms: sent - served,
    failures,
    trouble: scheduleTrouble(record),
  };
}

export function falseAlarmTable({ requests, perWallSecond, alarms, failures, trouble }: FalseAlarms): string {
  return table([
    {
      'healthy requests': requests,
      'a second': perWallSecond.toFixed(0),
      'false alarms': alarms,
      failures: JSON.stringify(failures),
      schedule: trouble ?? 'kept',
    },
  ]);
}
