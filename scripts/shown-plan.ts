import type { Fault } from '../fixtures/faults/fault.ts';
import { faults } from '../fixtures/faults/list.ts';
import type { Requirement } from '../fixtures/requirement.ts';
import { quietHoursText, quietHoursWithin } from '../fixtures/safety/quiet-hours.ts';
import type { Deployment } from '../provisioning/deployment/schema.ts';
import type { StackDescriptor } from '../provisioning/stack.ts';
import { printable } from '../reports/renderers/terminal.ts';
import type { LayerName } from '../reports/report.ts';
import type { ExpectedRun } from './expected-run.ts';
import type { Settled } from './plan.ts';

/** A run before it begins, as `plan --json` prints it. */
export interface ShownPlan {
  readonly deployment: { readonly name: string; readonly environment: string };
  /** What will be touched, by name. */
  readonly target: Readonly<Record<string, string>>;
  readonly runs: readonly ShownRequirement[];
  readonly settled: readonly Settled[];
  readonly expected: { readonly wallSeconds: number; readonly sumSeconds: number; readonly basis: string };
  readonly stopConditions: readonly string[];
  readonly maxConcurrentDisruptions: number;
  /** Quiet hours that hold now or before the run is expected to end. */
  readonly quietHours?: string;
}

interface ShownRequirement {
  readonly id: string;
  readonly title: string;
  readonly disrupts: readonly LayerName[];
  readonly faults: readonly ShownFault[];
}

interface ShownFault {
  readonly name: string;
  readonly blastRadius: string;
  /** Real-world seconds after which it is taken off, or must have recovered. */
  readonly limitSeconds: number;
  /** Why the stack that is up cannot do it. */
  readonly unsupported?: string;
}

export interface PlanParts {
  readonly deployment: Deployment;
  /** Of the stack that is up. */
  readonly descriptor?: StackDescriptor;
  readonly preset: StackDescriptor['preset'];
  readonly speed: number;
  readonly selected: readonly Requirement[];
  readonly settled: readonly Settled[];
  readonly expected: ExpectedRun;
  readonly now: Date;
}

export function shownPlan({
  deployment,
  descriptor,
  preset,
  speed,
  selected,
  settled,
  expected,
  now,
}: PlanParts): ShownPlan {
  const { safety } = deployment;
  const end = new Date(now.getTime() + expected.wallMs);
  const quiet = quietHoursWithin(safety.quietHours, now, end);
  return {
    deployment: { name: deployment.name, environment: deployment.environment },
    target: targetOf(deployment, preset, speed, descriptor),
    runs: selected.map(({ id, title, disrupts, faults: names }) => ({
      id,
      title,
      disrupts,
      faults: faults.filter(({ name }) => names.includes(name)).map((fault) => shownFault(fault, descriptor)),
    })),
    settled,
    expected: {
      wallSeconds: Math.round(expected.wallMs / 1000),
      sumSeconds: Math.round(expected.sumMs / 1000),
      basis: expected.basis,
    },
    stopConditions: [
      `users’ outage beyond ${deployment.budgets.outageSeconds} s`,
      ...safety.stopConditions.map((condition) =>
        condition.kind === 'alarm'
          ? `alarm "${condition.name}" in ALARM`
          : `command "${condition.command.join(' ')}" that does not end with 0`,
      ),
    ],
    maxConcurrentDisruptions: safety.maxConcurrentDisruptions,
    ...(quiet && { quietHours: quietHoursText(quiet) }),
  };
}

function targetOf(
  { account, region, domain, workload, database, loadBalancer }: Deployment,
  preset: string,
  speed: number,
  descriptor: StackDescriptor | undefined,
): Readonly<Record<string, string>> {
  return {
    stack: descriptor
      ? `${descriptor.id} (${preset}, speed ${speed})`
      : `${preset}, speed ${speed}, not up yet: what it can do is not known`,
    account,
    region,
    domain: domain.name,
    ...(descriptor && {
      distribution: descriptor.resources.distributionId,
      'load balancer': descriptor.resources.loadBalancerDnsName,
    }),
    ingress: `${workload.namespace}/${loadBalancer.ingress}`,
    workload: `${workload.namespace}/${workload.name}`,
    ...(database !== 'none' && { database: database.identifier }),
  };
}

function shownFault(
  { name, blastRadius, maxDurationMs, unsupported }: Fault<unknown>,
  descriptor: StackDescriptor | undefined,
): ShownFault {
  const reason = descriptor && unsupported?.(descriptor);
  return { name, blastRadius, limitSeconds: maxDurationMs / 1000, ...(reason && { unsupported: reason }) };
}

export function renderPlan(plan: ShownPlan): string {
  const { name, environment } = plan.deployment;
  const width = Math.max(...Object.keys(plan.target).map((key) => key.length));
  const lines = [
    `${name} (${environment}); nothing was touched`,
    ...Object.entries(plan.target).map(([key, value]) => `  ${key.padEnd(width)}  ${value}`),
    '',
    `runs (${plan.runs.length}):`,
    ...plan.runs.flatMap(requirementLines),
    '',
    `settled without running (${plan.settled.length}):`,
    ...plan.settled.map(({ id, outcome, reason }) => `  ${id.padEnd(9)} ${outcome}: ${reason}`),
    '',
    `expected: ${plan.expected.wallSeconds} s, one after another ${plan.expected.sumSeconds} s (${plan.expected.basis})`,
    `disruptions at a time: ${plan.maxConcurrentDisruptions}`,
    'stops on:',
    ...plan.stopConditions.map((condition) => `  ${condition}`),
    ...(plan.quietHours ? [`REFUSED NOW: quiet hours ${plan.quietHours}`] : []),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function requirementLines({ id, title, disrupts, faults: injected }: ShownRequirement): readonly string[] {
  return [
    `  ${id.padEnd(9)} ${title}`,
    ...(disrupts.length > 0 ? [`            disrupts ${disrupts.join(', ')}`] : []),
    ...injected.map(
      ({ name, blastRadius, limitSeconds, unsupported }) =>
        `            ${name}: ${blastRadius}; at most ${limitSeconds} s${unsupported ? `; unsupported here: ${unsupported}` : ''}`,
    ),
  ];
}
