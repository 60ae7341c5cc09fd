import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { expect, test } from 'vitest';
import { attach } from '../../provisioning/attach.ts';
import type { StackDescriptor } from '../../provisioning/stack.ts';
import type { JournalEvent } from '../../reports/journal.ts';
import { leftOf, processesOf, stackUnderWay } from './testing/processes.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

const failoverInjected = (event: JournalEvent) => event.type === 'fault-injected';
/** A keeper gives PostgreSQL a second to end well; the rest is a machine that is busy. */
const soonMs = 15_000;

test.for(['SIGINT', 'SIGTERM'] as const)(
  '%s to the whole group in the middle of a failover: everything is reverted, exit 5, nothing is left',
  async (signal) => {
    await using place = openWorkplace();
    const run = place.start(['run', '--only', 'RDS-2']);
    await place.journalled('the failover', failoverInjected);
    const stack = place.stack('run');
    const processes = processesOf(stack);
    expect(processes.length).toBeGreaterThan(5);
    run.signal(signal);
    expect(await run.ended).toMatchObject({ exitCode: 5, stderr: expect.stringContaining(signal) });
    expect(leftOf(stack, processes)).toEqual([]);
    expect(place.temporaryFiles()).toEqual([]);
    expect(place.report().integrity).toMatchObject({ complete: true, abortedBy: signal, leftInjected: [] });
    expect(outcomeOf(place, 'RDS-2')).toMatchObject({ outcome: 'not-run' });
  },
);

test.for([
  { signal: 'SIGINT', exitCode: 5 },
  { signal: 'SIGKILL', exitCode: null },
] as const)(
  '$signal while "up" is still standing the stack up: nothing is left',
  async ({ signal, exitCode }) => {
    await using place = openWorkplace();
    const up = place.start(['up']);
    await until('the database', 60_000, () => up.said().includes('database done'));
    const stack = stackUnderWay(up.pid);
    const processes = processesOf(stack);
    expect(processes.length).toBeGreaterThan(5);
    up.signal(signal);
    expect(await up.ended).toMatchObject({ exitCode });
    await until('nothing to be left of the stack', soonMs, () => leftOf(stack, processes).length === 0);
    expect(await place.stormproof(['status'])).toMatchObject({ stdout: 'no stack is up\n' });
    expect(place.temporaryFiles()).toEqual([]);
  },
);

test('kill -9 of the runner takes its own stack along; the journal renders, recover takes note, twice', async () => {
  await using place = openWorkplace();
  const run = place.start(['run', '--only', 'RDS-2']);
  await place.journalled('the failover', failoverInjected);
  const stack = place.stack('run');
  const processes = processesOf(stack);
  run.signal('SIGKILL');
  await run.ended;
  await until('nothing to be left of the stack', soonMs, () => leftOf(stack, processes).length === 0);
  expect(await place.stormproof(['report'])).toMatchObject({ exitCode: 6 });
  expect(place.report().integrity).toMatchObject({
    complete: false,
    leftInjected: [expect.stringMatching(/^RDS-2/)],
  });
  expect(outcomeOf(place, 'RDS-2')).toMatchObject({ outcome: 'not-run' });
  for (const _ of ['once', 'again']) {
    const recovered = await place.stormproof(['recover']);
    expect(recovered).toMatchObject({ exitCode: 0, stderr: 'nothing is left injected\n' });
    expect(place.report().integrity.leftInjected).toEqual([]);
  }
});

test('kill -9 of the runner on a stack of "up": recover puts it right, and the requirement passes on it', async () => {
  await using place = openWorkplace();
  expect(await place.stormproof(['up'])).toMatchObject({ exitCode: 0 });
  const run = place.start(['run', '--only', 'RDS-2']);
  await place.journalled('the failover', failoverInjected);
  run.signal('SIGKILL');
  await run.ended;
  expect((await place.stormproof(['report'])).exitCode).toBe(6);
  expect(await place.stormproof(['status'])).toMatchObject({
    stdout: expect.stringContaining('LEFT INJECTED'),
  });
  for (const _ of ['once', 'again'])
    expect(await place.stormproof(['recover'])).toMatchObject({ exitCode: 0 });
  expect(place.report().integrity.leftInjected).toEqual([]);
  const stack = place.stack('up');
  expect(await database(stack)).toMatchObject({
    DBInstanceStatus: 'available',
    MultiAZ: true,
    SecondaryAvailabilityZone: expect.stringMatching(/^us-east-1/),
  });
  // `--only` leaves core requirements out: what passed is partial evidence, exit code 3.
  expect(await place.stormproof(['run', '--only', 'RDS-2'])).toMatchObject({ exitCode: 3 });
  expect(outcomeOf(place, 'RDS-2')).toMatchObject({ outcome: 'pass' });
  const processes = processesOf(stack);
  expect(await place.stormproof(['down'])).toMatchObject({ exitCode: 0 });
  expect(leftOf(stack, processes)).toEqual([]);
  expect(place.temporaryFiles()).toEqual([]);
});

test('kill -9 of the small cloud itself: pods, servers and its directory go too, and "down" says so', async () => {
  await using place = openWorkplace();
  expect(await place.stormproof(['up'])).toMatchObject({ exitCode: 0 });
  const stack = place.stack('up');
  const processes = processesOf(stack);
  process.kill(Number(stack.owned.pid), 'SIGKILL');
  await until('nothing to be left of the stack', soonMs, () => leftOf(stack, processes).length === 0);
  expect(await place.stormproof(['status'])).toMatchObject({ stdout: 'no stack is up\n' });
  expect(await place.stormproof(['down'])).toMatchObject({ exitCode: 0 });
});

function outcomeOf(place: Workplace, id: string) {
  return place.report().requirements.find((requirement) => requirement.id === id);
}

async function database(descriptor: StackDescriptor) {
  await using stack = attach(descriptor);
  const { DBInstances } = await stack.aws.rds.send(new DescribeDBInstancesCommand({}));
  return DBInstances?.[0];
}
