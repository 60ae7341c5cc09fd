import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Fault } from '../../fixtures/faults/fault.ts';
import { faults } from '../../fixtures/faults/list.ts';
import { attach } from '../../provisioning/attach.ts';
import type { JournalEvent } from '../../reports/journal.ts';
import { readJournal } from '../../reports/journal.ts';
import { createFaultRunDirectory, startFaultRun } from './testing/fault-run.ts';
import { steadySnapshot } from './testing/steady-snapshot.ts';
import { until } from './testing/until.ts';
import { openWorkplace } from './testing/workplace.ts';

/** How long a fault may take to be injected and proved on a busy machine, before its limit. */
const roomWallMs = 15_000;

test('with the runner dead, each fault comes off by its time limit, within a second', async () => {
  await using workplace = openWorkplace();
  expect((await workplace.stormproof(['up'])).exitCode).toBe(0);
  const descriptor = workplace.stack('up');
  await using stack = attach(descriptor);
  const reversible = faults.filter(
    (fault) => fault.kind === 'reversible' && fault.unsupported?.(descriptor) === undefined,
  );
  const late: string[] = [];
  for (const fault of reversible) {
    const before = await steadySnapshot(stack);
    const directory = join(workplace.path, 'watched', fault.name);
    createFaultRunDirectory(directory, descriptor);
    const limitStackMs = roomWallMs * descriptor.speed + leadMs(fault);
    const run = startFaultRun({ directory, fault: fault.name, limitStackMs, watched: true });
    await run.injected;
    process.kill(run.pid, 'SIGKILL');
    await run.ended;
    expect(await steadySnapshot(stack), `${fault.name} is in force`).not.toBe(before);
    const events = () => readJournal(directory).events;
    const intendedAtMs = Date.parse(at(events(), 'fault-intended'));
    await until(`${fault.name} to be off`, 60_000, async () => (await steadySnapshot(stack)) === before);
    const offByMs = Date.now() - (intendedAtMs + limitStackMs / descriptor.speed);
    await until(`${fault.name} to be proved gone`, 60_000, () => at(events(), 'fault-gone') !== '');
    console.log(`${fault.name.padEnd(40)} off ${offByMs} ms after its limit`);
    if (Math.abs(offByMs) > 1000) late.push(`${fault.name} ${offByMs} ms`);
    rmSync(directory, { recursive: true });
  }
  expect(late).toEqual([]);
}, 1_800_000);

function leadMs(fault: Fault<unknown>): number {
  return fault.kind === 'reversible' ? (fault.undoLeadMs ?? 0) : 0;
}

function at(events: readonly JournalEvent[], type: JournalEvent['type']): string {
  return events.find((event) => event.type === type)?.at ?? '';
}
