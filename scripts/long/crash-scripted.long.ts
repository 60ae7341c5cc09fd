import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Fault } from '../../fixtures/faults/fault.ts';
import { faults } from '../../fixtures/faults/list.ts';
import { endLeftFaults, leftFaults } from '../../fixtures/faults/recover.ts';
import { temporaryDirectory } from '../../fixtures/faults/testing/marker-fault.ts';
import { createSteps } from '../../fixtures/faults/testing/steps.ts';
import { offlineDescriptor } from '../../fixtures/runner/testing/offline-descriptor.ts';
import { openJournal, readJournal } from '../../reports/journal.ts';
import { scriptedHands } from './testing/scripted-stack/client.ts';
import { runFault } from './testing/scripted-stack/crash-runner.ts';
import { scriptedDescriptor } from './testing/scripted-stack/descriptor.ts';
import { scripted } from './testing/scripted-stack/scripted-fault.ts';
import { openScriptedStack } from './testing/scripted-stack/server.ts';

interface CrashPoint {
  readonly fault: Fault<unknown>;
  readonly killAt: number;
  readonly step: string;
}

test('a runner killed at every step of every fault: recover restores the steady state, twice over', async () => {
  using root = temporaryDirectory();
  const points = (await Promise.all(supported().map((fault) => crashPointsOf(fault, root.path)))).flat();
  expect(points.length).toBeGreaterThanOrEqual(300);
  const left = points.entries();
  let kills = 0;
  const worker = async () => {
    for (const [index, point] of left) {
      await crash(point, join(root.path, `crash-${index}`));
      kills++;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  console.log(`${kills} crash points of ${supported().length} faults`);
  expect(kills).toBe(points.length);
}, 1_800_000);

/** What it does to connections that it holds needs a PostgreSQL: the embedded stack has its crashes. */
const unscripted = ['database-connections-exhausted'];

function supported(): readonly Fault<unknown>[] {
  const descriptor = offlineDescriptor(scriptedDescriptor);
  return faults.filter(
    ({ name, unsupported }) => !unscripted.includes(name) && unsupported?.(descriptor) === undefined,
  );
}

/** A run that nobody kills tells the steps, and that the script can play the fault at all. */
async function crashPointsOf(fault: Fault<unknown>, root: string): Promise<readonly CrashPoint[]> {
  await using stack = await openScriptedStack();
  const steady = stack.state();
  const steps = createSteps();
  await runFault({ directory: join(root, `whole-${fault.name}`), url: stack.url, name: fault.name, steps });
  expect(stack.changes(), `${fault.name} changes nothing`).toBeGreaterThan(0);
  expect(stack.state(), `${fault.name} leaves something behind`).toEqual(steady);
  return steps.names.map((step, killAt) => ({ fault, killAt, step }));
}

async function crash({ fault, killAt, step }: CrashPoint, directory: string): Promise<void> {
  await using stack = await openScriptedStack();
  const steady = stack.state();
  const what = `${fault.name} killed ${step}`;
  mkdirSync(directory);
  expect(
    await killedBy([directory, stack.url, fault.name, String(killAt)], join(directory, '..', 'cache')),
    what,
  ).toBe('SIGKILL');
  cpSync(directory, `${directory}-as-left`, { recursive: true });
  for (const time of ['once', 'twice']) {
    await recover(directory, stack.url);
    expect(leftFaults(readJournal(directory).events), `${what}, recovered ${time}`).toEqual([]);
    expect(stack.state(), `${what}, recovered ${time}`).toEqual(steady);
  }
}

/** Every runner loads the same: compiled once. */
async function killedBy(args: readonly string[], cache: string): Promise<string> {
  const program = fileURLToPath(new URL('./testing/scripted-stack/crash-runner.ts', import.meta.url));
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [, signal] = await once(child, 'close');
  return signal ?? stderr;
}

async function recover(directory: string, url: string): Promise<void> {
  // Killed before its first line, the run has no journal, and nothing to recover.
  const journal = openJournal(directory, () => 0);
  try {
    const { events } = readJournal(directory);
    const hands = await scriptedHands(url);
    await endLeftFaults({ events, journal, known: faults.map(scripted), hands, say: () => undefined });
  } finally {
    journal.close();
  }
}
