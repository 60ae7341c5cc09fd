import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Fault } from '../../fixtures/faults/fault.ts';
import { faults } from '../../fixtures/faults/list.ts';
import type { Stack } from '../../provisioning/attach.ts';
import { attach } from '../../provisioning/attach.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import type { JournalEvent } from '../../reports/journal.ts';
import { readJournal } from '../../reports/journal.ts';
import { inRepository } from '../repository.ts';
import { createFaultRunDirectory, startFaultRun } from './testing/fault-run.ts';
import { spreadPods } from './testing/spread-pods.ts';
import { steadySnapshot } from './testing/steady-snapshot.ts';
import { until } from './testing/until.ts';
import { openWorkplace } from './testing/workplace.ts';

/** How long a fault may take to be injected on a busy machine, before its limit. */
const roomWallMs = 8000;

/** Counted from 0, after the lines of the journal: the intent, then the injection. */
const onceInjected = 1;

test('with the runner dead, each fault comes off by its time limit, within a second', async () => {
  await using workplace = openWorkplace();
  expect((await workplace.stormproof(['up'])).exitCode).toBe(0);
  const descriptor = workplace.stack('up');
  await using stack = attach(descriptor);
  const watched = faults.filter(
    (fault) =>
      fault.kind === 'reversible' &&
      !endsWithItsRunner.includes(fault.name) &&
      fault.unsupported?.(descriptor) === undefined,
  );
  const deployment = readDeployment(inRepository('provisioning/deployments/artifacthub.yaml'));
  const late: string[] = [];
  for (const fault of watched) {
    await spreadPods(stack, deployment);
    const offByMs = await overrun(fault, stack, join(workplace.path, 'watched', fault.name));
    console.log(`${fault.name.padEnd(40)} off ${Math.round(offByMs)} ms after its limit`);
    if (Math.abs(offByMs) > 1000) late.push(`${fault.name} ${Math.round(offByMs)} ms`);
  }
  expect(late).toEqual([]);
}, 1_800_000);

/** Connections end with the process that holds them: nothing is left to watch. */
const endsWithItsRunner = ['database-connections-exhausted'];

/** Injects it, kills the runner, and gives how long after its limit it was off, wall milliseconds. */
async function overrun(fault: Fault<unknown>, stack: Stack, directory: string): Promise<number> {
  const { descriptor } = stack;
  const before = await steadySnapshot(stack);
  createFaultRunDirectory(directory, descriptor);
  const limitStackMs = roomWallMs * descriptor.speed + leadMs(fault);
  const order = { directory, fault: fault.name, limitStackMs, watched: true, killAt: onceInjected };
  const { signal, stderr } = await startFaultRun(order).ended;
  expect(signal, `${fault.name}: ${stderr}`).toBe('SIGKILL');
  const shows = (await steadySnapshot(stack)) !== before;
  const offAtMs = shows ? await untilSteady(fault, stack, before) : await untilReverted(fault, directory);
  await until(`${fault.name} to be proved gone`, 120_000, () => at(directory, 'fault-gone'));
  await until(`${fault.name}: all as before`, 60_000, async () => (await steadySnapshot(stack)) === before);
  const intendedAt = at(directory, 'fault-intended') ?? '';
  return offAtMs - (Date.parse(intendedAt) + limitStackMs / descriptor.speed);
}

async function untilSteady(fault: Fault<unknown>, stack: Stack, before: string): Promise<number> {
  await until(`${fault.name} to be off`, 60_000, async () => (await steadySnapshot(stack)) === before);
  return Date.now();
}

/** What neither AWS nor Kubernetes shows: a password, a grant in the database. */
async function untilReverted(fault: Fault<unknown>, directory: string): Promise<number> {
  return Date.parse(await until(`${fault.name} to be off`, 60_000, () => at(directory, 'fault-reverted')));
}

function leadMs(fault: Fault<unknown>): number {
  return fault.kind === 'reversible' ? (fault.undoLeadMs ?? 0) : 0;
}

function at(directory: string, type: JournalEvent['type']): string | undefined {
  return readJournal(directory).events.find((event) => event.type === type)?.at;
}
