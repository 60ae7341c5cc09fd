import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import type { PlaneFault } from '../../provisioning/control.ts';
import { until } from './testing/until.ts';
import { upInTest } from './testing/up-in-test.ts';

const up = upInTest();

test('no line is lost or repeated while Loki is down, nor while it keeps a backlog', async () => {
  for (const effect of ['down', 'backlog'] as const) {
    await using fault = await broken({ plane: 'telemetry', signal: 'logs', effect });
    const canaries = Array.from({ length: 20 }, () => crypto.randomUUID());
    for (const canary of canaries)
      expect(await up.look.http({ method: 'POST', path: `/api/v1/log?canary=${canary}` })).toMatchObject({
        status: 201,
      });
    await fault.lastsStackMs(10_000);
    expect(await inLoki(canaries)).toEqual([]);
    await fault.mend();
    await until('all lines to be in Loki', 30_000, async () => (await inLoki(canaries)).length >= 20);
    expect(await inLoki(canaries)).toEqual(canaries.toSorted());
    await until('all lines to be in CloudWatch Logs', 30_000, async () => {
      return (await inCloudWatch(canaries)).length >= 20;
    });
    expect(await inCloudWatch(canaries)).toEqual(canaries.toSorted());
  }
});

test('the application answers while nobody takes its traces', async () => {
  await using fault = await broken({ plane: 'telemetry', signal: 'traces', effect: 'down' });
  for (let n = 0; n < 20; n++) expect(await status()).toBe(200);
  await fault.mend();
  const before = Date.now();
  await until('traces to arrive again', 30_000, async () => {
    await up.look.http();
    const found = await fetch(`${up.stack.descriptor.telemetry.tempoUrl}/api/search?limit=1`);
    const { traces } = (await found.json()) as { traces: { startTimeUnixNano: string }[] };
    return traces.some(({ startTimeUnixNano }) => Number(BigInt(startTimeUnixNano) / 1_000_000n) > before);
  });
});

test('an origin whose name does not exist is under maintenance until it does again', async () => {
  const name = up.stack.descriptor.resources.loadBalancerDnsName;
  await using fault = await broken({ plane: 'dns', name, effect: { kind: 'nxdomain' } });
  expect((await up.look.dns(name)).code).toBe('NXDOMAIN');
  expect((await up.look.dns(up.deployment.domain.name)).code).toBe('NOERROR');
  // CloudFront keeps a connection to its origin for the origin's keep-alive timeout, and needs no name for it.
  await fault.lastsStackMs(30_000);
  expect(await status()).toBe(up.deployment.edge.maintenance.status);
  await fault.mend();
  await until('the origin to be found again', 30_000, async () => (await status()) === 200);
});

test('throttling of one service is in its own words, and of that service alone', async () => {
  await using fault = await broken({ plane: 'aws-api', service: 'ec2', effect: { kind: 'throttling' } });
  const describe = () => up.stack.aws.ec2.send(new DescribeVpcsCommand({}));
  await expect(describe()).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
  expect((await targetStates()).length).toBeGreaterThan(0);
  await fault.mend();
  expect((await describe()).$metadata.httpStatusCode).toBe(200);
});

test('the load balancer controller gets over failing calls: a pod that came meanwhile becomes a target', async () => {
  const before = await targetStates();
  expect(new Set(before.map(({ state }) => state))).toEqual(new Set(['healthy']));
  const { namespace } = up.deployment.workload;
  const selector = { namespace, labelSelector: 'app.kubernetes.io/name=hub' };
  const [victim] = (await up.stack.kubernetes.core.listNamespacedPod(selector)).items;
  await using fault = await broken({
    plane: 'aws-api',
    service: 'elasticloadbalancing',
    effect: { kind: 'error' },
  });
  await up.stack.kubernetes.core.deleteNamespacedPod({ namespace, name: victim?.metadata?.name ?? '' });
  await fault.lastsStackMs(20_000);
  await fault.mend();
  await until('the old target to be replaced by a healthy one', 120_000, async () => {
    const now = await targetStates();
    const healthy = now.filter(({ state }) => state === 'healthy').map(({ address }) => address);
    const isGone = !now.some(({ address }) => address === victim?.status?.podIP);
    return healthy.length === before.length && isGone;
  });
});

/** Undefined where there was no answer. */
async function status(): Promise<number | undefined> {
  const seen = await up.look.http();
  return 'status' in seen ? seen.status : undefined;
}

interface Standing extends AsyncDisposable {
  /** Waits for an effect that nobody tells of. */
  lastsStackMs(durationMs: number): Promise<void>;
  mend(): Promise<void>;
}

async function broken(fault: PlaneFault): Promise<Standing> {
  const { control, clock } = up.stack;
  if (!control) throw new TypeError('Cannot break the stack: it has no control endpoint');
  const id = crypto.randomUUID();
  await control.break(id, fault);
  expect((await control.state()).broken).toEqual([{ id, fault }]);
  const mend = async (): Promise<void> => {
    await control.mend(id);
    expect((await control.state()).broken).toEqual([]);
  };
  return { lastsStackMs: (durationMs) => clock.sleep(durationMs), mend, [Symbol.asyncDispose]: mend };
}

async function inLoki(canaries: readonly string[]): Promise<string[]> {
  const parameters = new URLSearchParams({
    query: `{namespace="${up.deployment.workload.namespace}"} |= "canary"`,
    limit: '5000',
  });
  const { lokiUrl } = up.stack.descriptor.telemetry;
  const answer = await fetch(`${lokiUrl}/loki/api/v1/query_range?${parameters}`);
  const { data } = (await answer.json()) as { data: { result: { values: [string, string][] }[] } };
  return canariesOf(
    data.result.flatMap(({ values }) => values.map(([, line]) => line)),
    canaries,
  );
}

async function inCloudWatch(canaries: readonly string[]): Promise<string[]> {
  const logGroupName = `/${up.deployment.name}/workload`;
  const lines: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await up.stack.aws.logs.send(
      new FilterLogEventsCommand({ logGroupName, filterPattern: 'canary', nextToken }),
    );
    lines.push(...(page.events ?? []).map(({ message = '' }) => message));
    nextToken = page.nextToken;
  } while (nextToken);
  return canariesOf(lines, canaries);
}

/** Repeated as they are; sorted. */
function canariesOf(lines: readonly string[], canaries: readonly string[]): string[] {
  const found = lines.map((line) => (JSON.parse(line) as { canary?: string }).canary ?? '');
  return found.filter((canary) => canaries.includes(canary)).toSorted();
}

async function targetStates(): Promise<{ address: string; state: string }[]> {
  const { TargetGroups = [] } = await up.stack.aws.elbv2.send(new DescribeTargetGroupsCommand({}));
  const health = await Promise.all(
    TargetGroups.map(({ TargetGroupArn }) =>
      up.stack.aws.elbv2.send(new DescribeTargetHealthCommand({ TargetGroupArn })),
    ),
  );
  return health
    .flatMap(({ TargetHealthDescriptions = [] }) => TargetHealthDescriptions)
    .map(({ Target, TargetHealth }) => ({ address: Target?.Id ?? '', state: TargetHealth?.State ?? '' }));
}
