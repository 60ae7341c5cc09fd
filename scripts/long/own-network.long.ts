import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UplinkProxy } from '../../fixtures/probes/testing/uplink-proxy.ts';
import { startUplinkProxy } from '../../fixtures/probes/testing/uplink-proxy.ts';
import { createRandom } from '../../local/base/random.ts';
import { attach } from '../../provisioning/attach.ts';
import type { RequirementResult } from '../../reports/report.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

let place: Workplace;
let proxy: UplinkProxy;

/** A stack of `up` to which every probe goes through a proxy of ours: the prober's own network, to be broken at will. */
beforeAll(async () => {
  place = openWorkplace();
  proxy = await startUplinkProxy();
  expect(await place.stormproof(['up'])).toMatchObject({ exitCode: 0 });
  const file = join(place.path, '.stormproof', 'stack.json');
  const descriptor = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...descriptor, uplink: proxy.uplink }), { mode: 0o600 });
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

/** Those whose traffic lasts for seconds, so that a failure falls into their middle. */
const watched = ['STEADY-1', 'POD-1', 'ORG-5', 'RDS-2', 'RDS-3', 'HPA-1', 'ORG-1'];
/** Over in a moment: the failure may come too late for them, and then they pass. */
const quick = ['FLOW-1', 'FLOW-4', 'TLS-1', 'DNS-1', 'WAF-1'];
const runs = 20;
const random = createRandom(20);

/** Runs one requirement and calls `meanwhile` once it is under way. */
async function runWith(id: string, meanwhile: () => Promise<void>): Promise<readonly RequirementResult[]> {
  const since = new Date().toISOString();
  const running = place.start(['run', '--only', id]);
  await place.journalled(
    `${id} to begin`,
    (event) => event.type === 'requirement-started' && event.id === id && event.at >= since,
  );
  await meanwhile();
  const { exitCode, stderr } = await running.ended;
  expect([0, 1, 3], stderr).toContain(exitCode);
  return place.report().requirements.filter(({ outcome }) => outcome !== 'skipped');
}

async function cutUplink(afterMs: number): Promise<void> {
  await wait(afterMs);
  proxy.cut();
  await wait(2000 + random.next() * 2000);
  proxy.heal();
}

test('through an uplink that works, everything passes', async () => {
  const results = await runWith('FLOW-2', async () => undefined);
  expect(results.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['STEADY-1', 'pass'],
    ['FLOW-2', 'pass'],
  ]);
  expect(proxy.tunnels).toBeGreaterThan(20);
  expect(place.report().load.ownNetwork).toMatchObject({ unreached: 0 });
});

test('twenty failures of the prober’s own network in the middle of traffic are inconclusive, every one', {
  timeout: 1_500_000,
}, async () => {
  for (let run = 0; run < runs; run++) {
    const id = watched[run % watched.length] ?? '';
    const results = await runWith(id, () => cutUplink(random.next() * 1500));
    expect(told(results, id)).toBe('inconclusive');
  }
});

test('nor is it called the deployment’s where a check is over in a moment', {
  timeout: 600_000,
}, async () => {
  for (const id of quick) {
    const results = await runWith(id, () => cutUplink(0));
    expect(['inconclusive', 'pass']).toContain(told(results, id));
  }
});

function told(results: readonly RequirementResult[], id: string): string | undefined {
  for (const { id: of, outcome, reason } of results)
    process.stdout.write(`own network cut in ${id}: ${of} ${outcome} ${reason ?? ''}\n`);
  expect(results.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
  return results.find((result) => result.id === id)?.outcome;
}

test('the same prober through the same uplink fails a deployment that fails', {
  timeout: 300_000,
}, async () => {
  const results = await runWith('STEADY-1', () => selectNothingFor(4000));
  expect(results).toMatchObject([
    { id: 'STEADY-1', outcome: 'fail', reason: expect.stringContaining('availability') },
  ]);
  const { load } = place.report();
  expect(load.failedRequests).toBeGreaterThan(5);
  expect(load).toMatchObject({ unattributedRequests: 0, ownNetwork: { unreached: 0 } });
});

/** The deployment's own failure: its Service has no pods for a while. */
async function selectNothingFor(wallMs: number): Promise<void> {
  await using stack = attach(place.stack('up'));
  const { core } = stack.kubernetes;
  const service = { namespace: 'artifacthub', name: 'hub' };
  const before = (await core.readNamespacedService(service)).spec?.selector;
  const select = (value: unknown) =>
    core.patchNamespacedService(
      { ...service, body: [{ op: 'replace', path: '/spec/selector', value }] },
      setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
    );
  await select({ 'app.kubernetes.io/name': 'nothing' });
  await wait(wallMs);
  await select(before);
}
