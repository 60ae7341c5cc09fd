import { existsSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { test as base, expect } from 'vitest';
import { attach } from '../../provisioning/attach.ts';
import type { JournalEvent } from '../../reports/journal.ts';
import { readJournal } from '../../reports/journal.ts';
import { requirements } from '../../suites/list.ts';
import { deploymentWith } from './testing/deployment-with.ts';
import { until } from './testing/until.ts';
import type { Running, Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

const alarm = 'stormproof-stop';

/** One stack for the whole file, with an alarm that stops runs; each test leaves it as it found it. */
const test = base.extend<{ place: Workplace; watched: string }>({
  place: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
    async ({}, use) => {
      await using place = openWorkplace();
      const up = await place.stormproof(['up']);
      expect(up.exitCode, up.stderr).toBe(0);
      await setAlarm(place, 'OK');
      await use(place);
    },
    { scope: 'file' },
  ],
  watched: async ({ place }, use) => {
    await use(fileWith(place, `stopConditions: [{ kind: alarm, name: ${alarm}, everySeconds: 1 }]`));
  },
});

function fileWith({ path }: Workplace, safety: string, outageSeconds?: number): string {
  const file = join(path, 'deployment.yaml');
  writeFileSync(file, deploymentWith({ safety, outageSeconds }));
  return file;
}

async function setAlarm(place: Workplace, state: 'OK' | 'ALARM'): Promise<void> {
  await using stack = attach(place.stack('up'));
  const { cloudwatch } = stack.aws;
  if (state === 'OK')
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: alarm,
        MetricName: '5xxErrorRate',
        Namespace: 'AWS/CloudFront',
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    );
  await cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName: alarm, StateValue: state, StateReason: `set to ${state}` }),
  );
}

/** A run that has got so far. */
async function startUntil(
  place: Workplace,
  args: readonly string[],
  is: (event: JournalEvent) => boolean,
): Promise<Running> {
  const latest = join(place.path, 'reports', 'out', 'latest');
  const newest = () => (existsSync(latest) ? readlinkSync(latest) : undefined);
  const before = newest();
  const run = place.start(args);
  await until('the run to begin', 120_000, () => newest() !== before);
  await place.journalled('the middle of the run', is);
  return run;
}

function outcomeOf(place: Workplace, id: string) {
  return place.report().requirements.find((requirement) => requirement.id === id);
}

function faultsOf(place: Workplace, requirement: string): readonly string[] {
  const { events } = readJournal(join(place.path, 'reports', 'out', 'latest'));
  return events.flatMap((event) =>
    event.type === 'fault-intended' && event.requirement === requirement ? [event.name] : [],
  );
}

const disruptive = requirements.filter(({ disrupts }) => disrupts.length > 0);

test.for(disruptive.map(({ id, faults }) => ({ id, faults })))(
  'an alarm in the middle of $id: everything is reverted, exit 5, and the report is complete',
  { timeout: 400_000 },
  async ({ id, faults }, { place, watched }) => {
    const middle = (event: JournalEvent) =>
      faults.length > 0
        ? event.type === 'fault-proved' && event.faultId.startsWith(`${id}/`)
        : event.type === 'requirement-started' && event.id === id;
    const run = await startUntil(place, ['run', '--only', id, '--deployment', watched], middle);
    await setAlarm(place, 'ALARM');
    const { exitCode, stderr } = await run.ended;
    await setAlarm(place, 'OK');
    expect(stderr).toContain(`stop condition: alarm "${alarm}" is in ALARM: set to ALARM`);
    expect(exitCode).toBe(5);
    const { integrity, requirements: results, plan, faults: records, safety } = place.report();
    expect(integrity).toMatchObject({
      complete: true,
      leftInjected: [],
      abortedBy: expect.stringContaining(alarm),
    });
    expect(results.map((result) => result.id)).toEqual(plan.map((planned) => planned.id));
    expect(records.filter(({ provedGoneAt }) => provedGoneAt === undefined)).toEqual([]);
    expect(safety.filter(({ kind }) => kind === 'stop-condition')).toHaveLength(1);
    expect(outcomeOf(place, 'STEADY-1')).toMatchObject({ outcome: 'pass' });
    expect(outcomeOf(place, id)).toMatchObject(
      faults.length > 0
        ? { outcome: 'fail', reason: expect.stringContaining('stop condition') }
        : { outcome: 'not-run', reason: expect.stringContaining('stop condition') },
    );
    expect(faults).toEqual(expect.arrayContaining([...faultsOf(place, id)]));
  },
);

test('users’ outage beyond the declared budget stops the run by itself, and fails who caused it', async ({
  place,
}) => {
  const file = fileWith(place, '{}', 5);
  expect(await place.stormproof(['run', '--only', 'ORG-1', '--deployment', file])).toMatchObject({
    exitCode: 5,
    stderr: expect.stringMatching(
      /stop condition: users’ outage of \S+ s on ".+" of ORG-1, beyond the budget of 5 s/,
    ),
  });
  expect(place.report().integrity).toMatchObject({ complete: true, leftInjected: [] });
  expect(outcomeOf(place, 'ORG-1')).toMatchObject({ outcome: 'fail' });
});

test('a second run is refused by the lease; "stop" from another terminal ends the first, everything reverted', async ({
  place,
}) => {
  const first = await startUntil(place, ['run', '--only', 'RDS'], ({ type }) => type === 'fault-proved');
  const second = await place.stormproof(['run', '--only', 'TLS-4']);
  expect(second).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/run \S+ has the lease \/stormproof\/lease\/artifacthub: process \d+ on/),
  });
  expect(await place.stormproof(['recover'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('is alive'),
  });
  const stopped = await place.stormproof(['stop']);
  expect(stopped).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('nothing is left injected') });
  expect(await first.ended).toMatchObject({ exitCode: 5 });
  expect(place.report()).toMatchObject({
    integrity: { complete: true, abortedBy: 'stormproof stop', leftInjected: [] },
    safety: expect.arrayContaining([expect.objectContaining({ kind: 'stop-request' })]),
  });
  expect(outcomeOf(place, 'RDS-3')).toMatchObject({
    outcome: 'not-run',
    reason: 'aborted: stormproof stop',
  });
  expect(await place.stormproof(['stop'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('there is no living run'),
  });
});

test('quiet hours, an account that is not allowed and an alarm that is not there are said at once, before anything is disrupted', async ({
  place,
}) => {
  const file = fileWith(
    place,
    "{ quietHours: [{ from: '00:00', to: '24:00' }], allow: { accounts: ['999999999999'] }, stopConditions: [{ kind: alarm, name: nowhere }] }",
  );
  const before = place.report().runId;
  const { exitCode, stderr } = await place.stormproof(['run', '--only', 'ORG-1', '--deployment', file]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('3 problem(s)');
  expect(stderr).toContain('account 111122223333 is not in safety.allow.accounts (999999999999)');
  expect(stderr).toContain('quiet hours (every day 00:00 to 24:00 UTC)');
  expect(stderr).toContain('alarm "nowhere" does not exist');
  expect(place.report().runId).toBe(before);
  // What disrupts nothing may run in quiet hours.
  const quiet = fileWith(place, "{ quietHours: [{ from: '00:00', to: '24:00' }] }");
  expect(await place.stormproof(['run', '--only', 'TLS-4', '--deployment', quiet])).toMatchObject({
    exitCode: 3,
  });
});

test('what a killed run left is refused, and recovered where that is asked for', async ({ place }) => {
  const killed = await startUntil(place, ['run', '--only', 'ORG-1'], ({ type }) => type === 'fault-proved');
  killed.signal('SIGKILL');
  await killed.ended;
  const refused = await place.stormproof(['run', '--only', 'TLS-4']);
  expect(refused).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/an earlier run left ORG-1\/1 injected: run "stormproof recover \S+"/),
  });
  const recovered = await place.stormproof(['run', '--only', 'TLS-4', '--recover']);
  expect(recovered).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('nothing is left injected'),
  });
  expect(outcomeOf(place, 'STEADY-1')).toMatchObject({ outcome: 'pass' });
});
