import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createFaultHands } from '../fixtures/faults/hands.ts';
import { faults } from '../fixtures/faults/list.ts';
import { createDialer } from '../fixtures/probes/dialer.ts';
import type { Condition } from '../fixtures/safety/condition.ts';
import { watchCondition } from '../fixtures/safety/condition.ts';
import { declaredConditions, leaseCondition, quietHoursCondition } from '../fixtures/safety/conditions.ts';
import type { Lease } from '../fixtures/safety/lease.ts';
import { takeLease } from '../fixtures/safety/lease.ts';
import { leftByOthers } from '../fixtures/safety/left-by-others.ts';
import { preflight } from '../fixtures/safety/preflight.ts';
import { refusedFaults } from '../fixtures/safety/refused-faults.ts';
import type { Runner } from '../fixtures/safety/runner-process.ts';
import { attach } from '../provisioning/attach.ts';
import type { Deployment } from '../provisioning/deployment/schema.ts';
import type { StackDescriptor } from '../provisioning/stack.ts';
import { recover } from './commands/recover.ts';
import type { ExpectedRun } from './expected-run.ts';
import type { PlannedOn, RunPlan } from './plan.ts';
import { UsageError } from './usage-error.ts';

/** A run that may begin: it has the target's lease until it is disposed of. */
export interface AdmittedRun extends AsyncDisposable {
  /** What the plan is settled by. */
  readonly on: PlannedOn;
  /** What the run is stopped by, besides what is always watched. */
  readonly conditions: readonly Condition[];
}

export interface AdmissionOptions {
  readonly runner: Runner;
  readonly descriptor: StackDescriptor;
  readonly deployment: Deployment;
  readonly plan: RunPlan;
  readonly expected: (plan: ReturnType<RunPlan['selected']>) => ExpectedRun;
  /** Takes off what killed runs left, instead of refusing. */
  readonly recovers: boolean;
  readonly say: (message: string) => void;
  readonly signal: AbortSignal;
}

/** Where run directories are, beside each other. */
const runs = join('reports', 'out');

/** Lease and preflight, before anything is disrupted: every problem at once, exit code 2 (design §6). */
export async function admitRun(options: AdmissionOptions): Promise<AdmittedRun> {
  const { descriptor, deployment, runner, say } = options;
  const stack = attach(descriptor);
  const taken = await takeLease(stack.aws.ssm, deployment.name, runner).catch(async (error: unknown) => {
    await stack[Symbol.asyncDispose]();
    throw error;
  });
  const lease = 'lease' in taken ? taken.lease : undefined;
  const close = async () => {
    await lease?.release().catch((error: unknown) => say(`the lease could not be given back: ${error}`));
    await stack[Symbol.asyncDispose]();
  };
  try {
    if ('note' in taken && taken.note) say(taken.note);
    const left = lease ? await renewed(lease, () => recoverLeft(options)) : [];
    const refused = await refusedByOwners(options, stack);
    const on: PlannedOn = { capabilities: descriptor.capabilities, refused };
    const selected = options.plan.selected(on);
    const disrupts = selected.some((requirement) => requirement.disrupts.length > 0);
    const declared = declaredConditions(deployment.safety, stack);
    const problems = await preflight({
      stack,
      deployment,
      conditions: declared,
      disrupts,
      plannedWallMs: plannedWallMs(options, selected),
      signal: options.signal,
    });
    options.signal.throwIfAborted();
    const all = [...('refused' in taken ? [taken.refused] : []), ...left, ...problems];
    if (!lease || all.length > 0) throw new UsageError(refusal(all));
    return {
      on,
      conditions: [
        leaseCondition(lease),
        ...declared,
        ...(disrupts ? [quietHoursCondition(deployment.safety.quietHours)] : []),
      ],
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function refusal(problems: readonly string[]): string {
  return [`Cannot begin the run: ${problems.length} problem(s)`, ...problems.map((line) => `- ${line}`)].join(
    '\n',
  );
}

/** What is expected, and the longest that a fault of it may stay. */
function plannedWallMs(
  { expected, descriptor }: AdmissionOptions,
  selected: ReturnType<RunPlan['selected']>,
): number {
  const names = new Set(selected.flatMap((requirement) => requirement.faults));
  const limits = faults.filter(({ name }) => names.has(name)).map(({ maxDurationMs }) => maxDurationMs);
  return expected(selected).wallMs + Math.max(0, ...limits) / descriptor.speed;
}

/** One line for each run that left something, where it is not to be recovered, or could not be. */
async function recoverLeft({ descriptor, recovers, say }: AdmissionOptions): Promise<readonly string[]> {
  if (recovers)
    for (const { directory } of leftByOthers(runs, descriptor)) {
      say(`recovering ${directory}`);
      await recover(directory);
    }
  return leftByOthers(runs, descriptor).map(
    ({ directory, faults: left }) =>
      `an earlier run left ${left.join(', ')} injected: run "stormproof recover ${directory}", or this run with --recover`,
  );
}

/** A recovery may take longer than a lease lives. */
async function renewed<T>(lease: Lease, work: () => Promise<T>): Promise<T> {
  const end = new AbortController();
  const sleep = (wallMs: number, signal: AbortSignal) => wait(wallMs, undefined, { signal });
  const renewing = watchCondition(leaseCondition(lease), sleep, end.signal);
  try {
    return await work();
  } finally {
    end.abort();
    await renewing;
  }
}

async function refusedByOwners(
  { descriptor, deployment, plan, signal, say }: AdmissionOptions,
  stack: ReturnType<typeof attach>,
): Promise<ReadonlyMap<string, string>> {
  const chosen = plan.selected({ capabilities: descriptor.capabilities });
  const names = new Set(chosen.flatMap((requirement) => requirement.faults));
  if (names.size === 0) return new Map();
  const hands = createFaultHands({ stack, dialer: createDialer(descriptor), deployment, signal, note: say });
  return refusedFaults(
    faults.filter(({ name }) => names.has(name)),
    hands,
  );
}
