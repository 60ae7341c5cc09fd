import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Requirement } from '../../fixtures/requirement.ts';
import type { RequirementOutcome } from '../../fixtures/runner/options.ts';
import { runRequirements } from '../../fixtures/runner/run.ts';
import { createClock } from '../../local/base/clock.ts';
import { createRandom } from '../../local/base/random.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import type { OpenedStack } from '../../provisioning/open.ts';
import { openStack } from '../../provisioning/open.ts';
import { openJournal } from '../../reports/journal.ts';
import { exitCodes } from '../../reports/verdict.ts';
import { requirements } from '../../suites/list.ts';
import { isolateEnvironment } from '../environment.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { choose } from '../plan.ts';
import type { ProgressPrinter } from '../progress.ts';
import { createProgressPrinter } from '../progress.ts';
import { repositoryRoot } from '../repository.ts';
import type { StackOptions } from './options.ts';

interface SelftestOptions extends StackOptions {
  readonly only?: readonly string[];
  /** How many mutants, drawn by the seed; all when absent. */
  readonly sample?: number;
}

interface Case {
  readonly requirement: Requirement;
  readonly mutant: Requirement['mutants'][number];
}

interface Row extends Case {
  readonly outcome?: RequirementOutcome;
  readonly caught: boolean;
}

/** Requirement × mutant: each must fail, for the stated reason. The unmutated run is `stormproof run`. */
export async function selftest(options: SelftestOptions): Promise<number> {
  const deployment = readDeployment(options.deployment);
  const seed = options.seed ?? randomInt(2 ** 31);
  const cases = sampled(casesOf(choose(requirements, options.only), options.only), options.sample, seed);
  isolateEnvironment();
  using interrupt = listenForInterrupt();
  using progress = createProgressPrinter();
  progress.say(`selftest of ${cases.length} mutants, seed ${seed}`);
  const open = () =>
    openStack({
      preset: options.stack,
      deployment,
      speed: options.speed,
      seed,
      stays: false,
      say: (message) => progress.say(message),
      signal: interrupt.signal,
    });
  const rows: Row[] = [];
  let stack = await open();
  try {
    for (const [index, entry] of cases.entries()) {
      if (interrupt.signal.aborted) break;
      const row = await runCase(entry, { index, stack, options, progress, signal: interrupt.signal });
      rows.push(row);
      progress.say(`${row.caught ? '✔ caught' : '✘ MISSED'} ${entry.requirement.id} × ${entry.mutant.name}`);
      // A database that could not fail over is not steady again by itself: the next mutant gets a fresh stack.
      if (entry.mutant.via === 'defect' && index + 1 < cases.length) {
        await stack[Symbol.asyncDispose]();
        stack = await open();
      }
    }
  } finally {
    await stack[Symbol.asyncDispose]();
  }
  printTable(rows, cases.length);
  if (interrupt.signal.aborted) return exitCodes.aborted;
  return rows.every(({ caught }) => caught) ? 0 : exitCodes.nonconformant;
}

function casesOf(chosen: readonly Requirement[], only: readonly string[] | undefined): readonly Case[] {
  const wanted = only?.map((name) => name.toUpperCase());
  return chosen
    .filter(
      ({ id }) => !wanted || id !== 'STEADY-1' || wanted.includes('STEADY-1') || wanted.includes('STEADY'),
    )
    .flatMap((requirement) => requirement.mutants.map((mutant) => ({ requirement, mutant })));
}

function sampled(cases: readonly Case[], size: number | undefined, seed: number): readonly Case[] {
  if (size === undefined || size >= cases.length) return cases;
  const random = createRandom(seed);
  const drawn = cases
    .map((entry) => ({ entry, key: random.next() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, size)
    .map(({ entry }) => entry);
  return cases.filter((entry) => drawn.includes(entry));
}

async function runCase(
  { requirement, mutant }: Case,
  {
    index,
    stack,
    options,
    progress,
    signal,
  }: {
    readonly index: number;
    readonly stack: OpenedStack;
    readonly options: SelftestOptions;
    readonly progress: ProgressPrinter;
    readonly signal: AbortSignal;
  },
): Promise<Row> {
  const directory = join(
    'reports',
    'out',
    'selftest',
    `${index}-${requirement.id}-${mutant.name}-${process.pid}`,
  );
  mkdirSync(directory, { recursive: true });
  const { descriptor } = stack;
  const clock = createClock({ speed: descriptor.speed, startedAtUnixMs: Date.parse(descriptor.startedAt) });
  openJournal(directory, () => clock.elapsedMs()).close();
  let outcome: RequirementOutcome | undefined;
  const { harnessErrors } = await runRequirements({
    root: repositoryRoot,
    entry: 'suites/conformance.ts',
    options: {
      directory,
      descriptor,
      deploymentFile: options.deployment,
      selected: [requirement.id],
      mutant: mutant.name,
    },
    progress: {
      started: () => undefined,
      finished: (finished) => {
        outcome = finished;
      },
    },
    signal,
  });
  for (const message of harnessErrors) progress.say(`harness error: ${message}`);
  const said = `${outcome?.reason ?? ''} ${outcome?.observed ?? ''}`;
  return { requirement, mutant, outcome, caught: outcome?.outcome === 'fail' && mutant.reason.test(said) };
}

function printTable(rows: readonly Row[], planned: number): void {
  const width = Math.max(10, ...rows.map(({ mutant }) => mutant.name.length));
  for (const { requirement, mutant, outcome, caught } of rows)
    process.stdout.write(
      `${caught ? '✔' : '✘'} ${requirement.id.padEnd(9)} ${mutant.name.padEnd(width)} ${mutant.via.padEnd(10)} ${outcome?.outcome ?? 'no outcome'}: ${outcome?.reason ?? ''}\n`,
    );
  const defects = rows.filter(({ mutant }) => mutant.via === 'defect').length;
  process.stdout.write(`${defects} of ${rows.length} mutants are defects of the embedded stack alone\n`);
  const caught = rows.filter((row) => row.caught).length;
  process.stdout.write(`${caught} passed, ${planned - caught} failed\n`);
}
