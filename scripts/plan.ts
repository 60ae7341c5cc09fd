import type { Requirement } from '../fixtures/requirement.ts';
import { areaOf, planned } from '../fixtures/requirement.ts';
import type { Deployment } from '../provisioning/deployment/schema.ts';
import type { Capability } from '../provisioning/stack.ts';
import type { PlannedRequirement } from '../reports/report.ts';
import type { Outcome } from '../reports/verdict.ts';
import { requirements } from '../suites/list.ts';
import type { DisruptionPolicy } from './disruption.ts';
import { UsageError } from './usage-error.ts';

export interface RunPlan {
  readonly planned: readonly PlannedRequirement[];
  /** What will run on such a stack, in the order of the list. */
  selected(stack: PlannedOn): readonly Requirement[];
  /** What is settled without running, with the reason. */
  settled(stack: PlannedOn): readonly Settled[];
}

export interface PlannedOn {
  /** Undefined while no stack stands that could be asked. */
  readonly capabilities?: readonly Capability[];
  /** Fault → why it is not injected into this deployment. */
  readonly refused?: ReadonlyMap<string, string>;
}

export interface Settled {
  readonly id: string;
  readonly outcome: Outcome;
  readonly reason: string;
}

export function planRun({
  deployment,
  only,
  leaveOut = () => undefined,
}: {
  readonly deployment: Deployment;
  readonly only?: readonly string[];
  readonly leaveOut?: DisruptionPolicy;
}): RunPlan {
  const chosen = choose(requirements, only);
  const settle = (
    requirement: Requirement,
    { capabilities, refused }: PlannedOn,
  ): Omit<Settled, 'id'> | undefined => {
    if (requirement.applies?.(deployment) === false)
      return { outcome: 'not-applicable', reason: 'the deployment file declares the part absent' };
    if (!chosen.includes(requirement)) return { outcome: 'skipped', reason: 'left out by --only' };
    const missing = requirement.needs?.filter((need) => capabilities?.includes(need) === false) ?? [];
    if (missing.length > 0)
      return { outcome: 'unverifiable-here', reason: `this stack lacks ${missing.join(', ')}` };
    const notAllowed = leaveOut(requirement.disrupts);
    if (notAllowed !== undefined) return { outcome: 'skipped', reason: notAllowed };
    const owned = requirement.faults.map((fault) => refused?.get(fault)).find(Boolean);
    return owned === undefined ? undefined : { outcome: 'skipped', reason: owned };
  };
  return {
    planned: requirements.map(planned),
    selected: (stack) => requirements.filter((requirement) => !settle(requirement, stack)),
    settled: (stack) =>
      requirements.flatMap((requirement) => {
        const settled = settle(requirement, stack);
        return settled ? [{ id: requirement.id, ...settled }] : [];
      }),
  };
}

/** By ID or area; the steady state is always looked at first. */
export function choose(
  all: readonly Requirement[],
  only: readonly string[] | undefined,
): readonly Requirement[] {
  if (!only) return all;
  const wanted = only.map((name) => name.toUpperCase());
  const known = new Set(all.flatMap(({ id }) => [id, areaOf(id)]));
  const unknown = wanted.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new UsageError(
      `Cannot run ${unknown.join(', ')}: expected IDs or areas of ${[...known].sort().join(', ')}`,
    );
  return all.filter(({ id }) => id === 'STEADY-1' || wanted.includes(id) || wanted.includes(areaOf(id)));
}
