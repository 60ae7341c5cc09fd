import { randomInt } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faults } from '../../fixtures/faults/list.ts';
import { runRequirements } from '../../fixtures/runner/run.ts';
import type { Runner } from '../../fixtures/safety/runner-process.ts';
import { thisRunner, writeRunner } from '../../fixtures/safety/runner-process.ts';
import { watchRun } from '../../fixtures/safety/watch-run.ts';
import { startWatchdog } from '../../fixtures/watchdog/start-watchdog.ts';
import type { Clock } from '../../local/base/clock.ts';
import { createClock } from '../../local/base/clock.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import type { Deployment } from '../../provisioning/deployment/schema.ts';
import type { StackDescriptor } from '../../provisioning/stack.ts';
import { buildReport } from '../../reports/build.ts';
import type { Journal } from '../../reports/journal.ts';
import { openJournal, readJournal } from '../../reports/journal.ts';
import { renderTerminal } from '../../reports/renderers/terminal.ts';
import type { Report } from '../../reports/report.ts';
import { exitCodeOf } from '../../reports/verdict.ts';
import type { AdmittedRun } from '../admit-run.ts';
import { admitRun } from '../admit-run.ts';
import type { DisruptionOptions } from '../disruption.ts';
import { disruptionPolicy } from '../disruption.ts';
import { isolateEnvironment } from '../environment.ts';
import { expectedRun } from '../expected-run.ts';
import type { Interrupt } from '../interrupt.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { openOrAttach } from '../open-or-attach.ts';
import type { RunPlan } from '../plan.ts';
import { planRun } from '../plan.ts';
import type { ProgressPrinter } from '../progress.ts';
import { createProgressPrinter } from '../progress.ts';
import { repositoryRoot } from '../repository.ts';
import { createRunDirectory, writeReports } from '../run-directory.ts';
import { UsageError } from '../usage-error.ts';
import type { JsonOption, StackOptions } from './options.ts';
import { plan as showPlan } from './plan.ts';
import { latestReport } from './report.ts';

export interface RunCommandOptions extends StackOptions, DisruptionOptions, JsonOption {
  readonly only?: readonly string[];
  /** Shows the plan and touches nothing. */
  readonly dryRun?: boolean;
  /** Takes off what killed runs left on this stack, instead of refusing. */
  readonly recover?: boolean;
  /** From how many pods load comes that may; 1 is this machine alone. */
  readonly shards: number;
}

export async function run(options: RunCommandOptions): Promise<number> {
  if (options.dryRun) return showPlan(options);
  const deployment = readDeployment(options.deployment);
  const plan = planRun({
    deployment,
    only: options.only,
    leaveOut: disruptionPolicy(
      { preset: options.stack, environment: deployment.environment, ...deployment.safety },
      options,
    ),
  });
  const ignored = isolateEnvironment();
  using interrupt = listenForInterrupt();
  using progress = createProgressPrinter();
  const say = (message: string) => progress.say(message);
  if (ignored.length > 0) say(`ignored environment variables: ${ignored.join(', ')}`);
  const seed = options.seed ?? randomInt(2 ** 31);
  const { stack: preset, speed } = options;
  await using stack = await openOrAttach({ preset, deployment, speed, seed, say, signal: interrupt.signal });
  const { descriptor } = stack;
  if (options.shards > 1 && !descriptor.shards)
    throw new UsageError(
      `Cannot send load from ${options.shards} pods: the ${descriptor.preset} stack names no image for them (fixtures/load/README.md)`,
    );
  const last = latestReport();
  const runner = thisRunner(`${new Date().toISOString().replace(/[:.]/g, '-')}-${seed}`);
  await using admitted = await admitRun({
    runner,
    descriptor,
    deployment,
    plan,
    expected: (selected) => expectedRun(selected, { deployment, speed: descriptor.speed, last }),
    recovers: options.recover === true,
    say,
    signal: interrupt.signal,
  });
  const directory = createRunDirectory(runner.runId);
  const report = await runOn({
    directory,
    runner,
    descriptor,
    deployment,
    options: { ...options, seed },
    plan,
    admitted,
    ignored,
    progress,
    interrupt,
  });
  progress[Symbol.dispose]();
  if (options.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else process.stdout.write(renderTerminal(report, { colors: process.stdout.isTTY === true }));
  process.stderr.write(`${join(directory, 'index.html')}\n`);
  return exitCodeOf(report);
}

interface RunParts {
  readonly directory: string;
  readonly runner: Runner;
  readonly descriptor: StackDescriptor;
  readonly deployment: Deployment;
  readonly options: RunCommandOptions & { readonly seed: number };
  readonly plan: RunPlan;
  readonly admitted: AdmittedRun;
  readonly ignored: readonly string[];
  readonly progress: ProgressPrinter;
  readonly interrupt: Interrupt;
}

async function runOn(parts: RunParts): Promise<Report> {
  const { directory, runner, descriptor, options, plan, admitted, progress, interrupt } = parts;
  // `recover` finds the stack of this run here after a kill; the file holds the control token. The
  // deployment file may change meanwhile: the undo needs it as it was.
  writeFileSync(join(directory, 'stack.json'), JSON.stringify(descriptor), { mode: 0o600 });
  copyFileSync(options.deployment, join(directory, 'deployment.yaml'));
  writeRunner(directory, runner);
  const clock = createClock({ speed: descriptor.speed, startedAtUnixMs: Date.parse(descriptor.startedAt) });
  const journal = openJournal(directory, () => clock.elapsedMs());
  writeStart(parts, journal);
  startWatchdog(directory);
  {
    await using _watch = watchSafety(parts, journal, clock);
    const { harnessErrors } = await runRequirements({
      root: repositoryRoot,
      entry: 'suites/conformance.ts',
      options: {
        directory,
        descriptor,
        deploymentFile: options.deployment,
        selected: plan.selected(admitted.on).map(({ id }) => id),
        shards: options.shards > 1 ? options.shards : undefined,
      },
      progress,
      signal: interrupt.signal,
    });
    for (const message of harnessErrors) journal.write({ type: 'harness-error', message });
  }
  journal.write({ type: 'run-finished', abortedBy: interrupt.received() });
  journal.close();
  const report = buildReport(readJournal(directory));
  writeReports(directory, report);
  return report;
}

function watchSafety(
  { directory, deployment, admitted, interrupt }: RunParts,
  journal: Journal,
  clock: Clock,
): AsyncDisposable {
  return watchRun({
    directory,
    journal,
    clock,
    budgets: deployment.budgets,
    conditions: admitted.conditions,
    known: faults,
    stop: interrupt.stop,
  });
}

/** What was planned, and what is settled without running. */
function writeStart(
  { runner, descriptor, deployment, options, plan, admitted, ignored }: RunParts,
  journal: Journal,
): void {
  const { resources } = descriptor;
  journal.write({
    type: 'run-started',
    runId: runner.runId,
    tool: { name: 'stormproof', version: '0.1.0' },
    deployment: { name: deployment.name, environment: deployment.environment, file: options.deployment },
    profile: 'full',
    seed: options.seed,
    stack: { preset: descriptor.preset, speed: descriptor.speed, fidelity: descriptor.fidelity },
    target: {
      accountId: resources.accountId,
      region: descriptor.region,
      distributionId: resources.distributionId,
      loadBalancer: resources.loadBalancerDnsName,
      image: resources.image,
    },
    plan: plan.planned,
    waivers: deployment.waivers.map((waiver) => ({
      ...waiver,
      expired: waiver.expires < new Date().toISOString().slice(0, 10),
    })),
  });
  if (ignored.length > 0)
    journal.write({ type: 'safety', kind: 'ignored-environment', message: ignored.join(', ') });
  for (const settled of plan.settled(admitted.on))
    journal.write({ type: 'requirement-finished', durationMs: 0, ...settled });
}
