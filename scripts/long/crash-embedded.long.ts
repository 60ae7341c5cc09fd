import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Fault } from '../../fixtures/faults/fault.ts';
import { faults } from '../../fixtures/faults/list.ts';
import { leftFaults } from '../../fixtures/faults/recover.ts';
import { createRandom } from '../../local/base/random.ts';
import { attach } from '../../provisioning/attach.ts';
import type { StackDescriptor } from '../../provisioning/stack.ts';
import { readJournal } from '../../reports/journal.ts';
import { createFaultRunDirectory, startFaultRun } from './testing/fault-run.ts';
import { steadySnapshot } from './testing/steady-snapshot.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

const crashes = 32;
const seed = Number(process.env.STORMPROOF_SEED ?? randomInt(2 ** 31));

test(`${crashes} kills of a runner on the embedded stack, drawn by seed ${seed}: recover restores the steady state, twice over`, async () => {
  await using workplace = openWorkplace();
  expect((await workplace.stormproof(['up'])).exitCode).toBe(0);
  const descriptor = workplace.stack('up');
  await using stack = attach(descriptor);
  const steady = await steadySnapshot(stack);
  let killed = 0;
  for (const { fault, killAt, number } of draw(descriptor)) {
    if (killed === crashes) break;
    const what = `${fault.name} killed at step ${killAt}`;
    const directory = join(workplace.path, 'crashes', String(number));
    createFaultRunDirectory(directory, descriptor);
    const { signal, stderr } = await startFaultRun({ directory, fault: fault.name, killAt }).ended;
    if (readJournal(directory).events.every(({ type }) => type !== 'fault-intended')) {
      console.log(
        `    ${fault.name} was not planned here and now: ${stderr.split('\n').find((line) => /Error|:/.test(line))}`,
      );
      continue;
    }
    expect(signal, `${what}: ${stderr}`).toBe('SIGKILL');
    await recoverTwice(workplace, directory, what);
    await until(`${what}: the configuration as it was`, 60_000, async () => {
      return (await steadySnapshot(stack)) === steady;
    });
    console.log(`${String(++killed).padStart(3)} ${what}: restored`);
  }
  expect(killed).toBe(crashes);
  const { stdout } = await workplace.stormproof(['run', '--only', 'STEADY-1']);
  const steadyState = workplace.report().requirements.find(({ id }) => id === 'STEADY-1');
  expect(steadyState?.outcome, stdout).toBe('pass');
}, 1_800_000);

async function recoverTwice(workplace: Workplace, directory: string, what: string): Promise<void> {
  const first = await workplace.stormproof(['recover', directory]);
  expect(first.exitCode, `${what}: ${first.stderr}`).toBe(0);
  const { events } = readJournal(directory);
  expect(leftFaults(events), what).toEqual([]);
  const second = await workplace.stormproof(['recover', directory]);
  expect(second.exitCode, `${what}, again: ${second.stderr}`).toBe(0);
  expect(readJournal(directory).events.length, `${what}: a second recover changes nothing`).toBe(
    events.length,
  );
}

/** Faults in a drawn order, each with a drawn step: after each line that the journal gets of it. */
function* draw(
  descriptor: StackDescriptor,
): Generator<{ readonly fault: Fault<unknown>; readonly killAt: number; readonly number: number }> {
  const random = createRandom(seed);
  const shuffled = faults
    .filter((fault) => fault.unsupported?.(descriptor) === undefined)
    .map((fault) => ({ fault, key: random.next() }))
    .sort((a, b) => a.key - b.key);
  for (const [number, { fault }] of shuffled.entries()) {
    const lines = fault.kind === 'reversible' ? 5 : 4;
    yield { fault, killAt: Math.floor(random.next() * lines), number };
  }
}
