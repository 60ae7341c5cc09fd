import { randomInt } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runRequirements } from '../../fixtures/runner/run.ts';
import { startWatchdog } from '../../fixtures/watchdog/start-watchdog.ts';
import { createClock } from '../../local/base/clock.ts';
import { isAlive } from '../../provisioning/control.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import type { Deployment } from '../../provisioning/deployment/schema.ts';
import { openStack } from '../../provisioning/open.ts';
import type { StackDescriptor } from '../../provisioning/stack.ts';
import { buildReport } from '../../reports/build.ts';
import { openJournal, readJournal } from '../../reports/journal.ts';
import { renderTerminal } from '../../reports/renderers/terminal.ts';
import type { Report } from '../../reports/report.ts';
import { exitCodeOf } from '../../reports/verdict.ts';
import { isolateEnvironment } from '../environment.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { planRun } from '../plan.ts';
import type { ProgressPrinter } from '../progress.ts';
import { createProgressPrinter } from '../progress.ts';
import { repositoryRoot } from '../repository.ts';
import { createRunDirectory, writeReports } from '../run-directory.ts';
import { readStackFile } from '../stack-file.ts';
import type { JsonOption, StackOptions } from './options.ts';

export interface RunCommandOptions extends StackOptions, JsonOption {
  readonly only?: readonly string[];
}

export async function run(options: RunCommandOptions): Promise<number> {
  const deployment = readDeployment(options.deployment);
  const plan = planRun({ deployment, only: options.only });
  const ignored = isolateEnvironment();
  using interrupt = listenForInterrupt();
  using progress = createProgressPrinter();
  if (ignored.length > 0) progress.say(`ignored environment variables: ${ignored.join(', ')}`);
  const seed = options.seed ?? randomInt(2 ** 31);
  await using stack = await openOrAttach({ options, deployment, seed, progress, signal: interrupt.signal });
  const directory = createRunDirectory(`${new Date().toISOString().replace(/[:.]/g, '-')}-${seed}`);
  const report = await runOn({
    directory,
    descriptor: stack.descriptor,
    deployment,
    options: { ...options, seed },
    plan,
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

async function runOn({
  directory,
  descriptor,
  deployment,
  options,
  plan,
  ignored,
  progress,
  interrupt,
}: {
  readonly directory: string;
  readonly descriptor: StackDescriptor;
  readonly deployment: Deployment;
  readonly options: RunCommandOptions & { readonly seed: number };
  readonly plan: ReturnType<typeof planRun>;
  readonly ignored: readonly string[];
  readonly progress: ProgressPrinter;
  readonly interrupt: ReturnType<typeof listenForInterrupt>;
}): Promise<Report> {
  // `recover` finds the stack of this run here after a kill; the file holds the control token. The
  // deployment file may change meanwhile: the undo needs it as it was.
  writeFileSync(join(directory, 'stack.json'), JSON.stringify(descriptor), { mode: 0o600 });
  copyFileSync(options.deployment, join(directory, 'deployment.yaml'));
  const clock = createClock({ speed: descriptor.speed, startedAtUnixMs: Date.parse(descriptor.startedAt) });
  const journal = openJournal(directory, () => clock.elapsedMs());
  journal.write({
    type: 'run-started',
    runId: directory.split('/').at(-1) ?? directory,
    tool: { name: 'stormproof', version: '0.1.0' },
    deployment: { name: deployment.name, environment: deployment.environment, file: options.deployment },
    profile: 'full',
    seed: options.seed,
    stack: { preset: descriptor.preset, speed: descriptor.speed, fidelity: descriptor.fidelity },
    target: {
      accountId: descriptor.resources.accountId,
      region: descriptor.region,
      distributionId: descriptor.resources.distributionId,
      loadBalancer: descriptor.resources.loadBalancerDnsName,
      image: descriptor.resources.image,
    },
    plan: plan.planned,
    waivers: deployment.waivers.map((waiver) => ({
      ...waiver,
      expired: waiver.expires < new Date().toISOString().slice(0, 10),
    })),
  });
  startWatchdog(directory);
  if (ignored.length > 0)
    journal.write({ type: 'safety', kind: 'ignored-environment', message: ignored.join(', ') });
  for (const settled of plan.settled(descriptor.capabilities))
    journal.write({ type: 'requirement-finished', durationMs: 0, ...settled });
  const { harnessErrors } = await runRequirements({
    root: repositoryRoot,
    entry: 'suites/conformance.ts',
    options: {
      directory,
      descriptor,
      deploymentFile: options.deployment,
      selected: plan.selected(descriptor.capabilities),
    },
    progress,
    signal: interrupt.signal,
  });
  for (const message of harnessErrors) journal.write({ type: 'harness-error', message });
  journal.write({ type: 'run-finished', abortedBy: interrupt.received() });
  journal.close();
  const report = buildReport(readJournal(directory));
  writeReports(directory, report);
  return report;
}

interface OpenedStack extends AsyncDisposable {
  readonly descriptor: StackDescriptor;
}

/** A stack that `up` left is used and stays; otherwise one is brought, and taken down afterwards. */
async function openOrAttach({
  options,
  deployment,
  seed,
  progress,
  signal,
}: {
  readonly options: RunCommandOptions;
  readonly deployment: Deployment;
  readonly seed: number;
  readonly progress: ProgressPrinter;
  readonly signal: AbortSignal;
}): Promise<OpenedStack> {
  const left = readStackFile();
  if (left && (await isAlive(left))) {
    progress.say(`attached to the stack of "up" (${left.id})`);
    return { descriptor: left, [Symbol.asyncDispose]: async () => undefined };
  }
  return openStack({
    preset: options.stack,
    deployment,
    speed: options.speed,
    seed,
    stays: false,
    say: (message) => progress.say(message),
    signal,
  });
}
