import type { Requirement } from '../fixtures/requirement.ts';
import { areaOf, planned } from '../fixtures/requirement.ts';
import type { Deployment } from '../provisioning/deployment/schema.ts';
import type { Capability } from '../provisioning/stack.ts';
import type { PlannedRequirement } from '../reports/report.ts';
import type { Outcome } from '../reports/verdict.ts';
import { requirements } from '../suites/list.ts';
import { UsageError } from './usage-error.ts';

export interface RunPlan {
  readonly planned: readonly PlannedRequirement[];
  /** IDs that will run on a stack with these capabilities. */
  selected(capabilities: readonly Capability[]): readonly string[];
  /** What is settled without running, with the reason. */
  settled(
    capabilities: readonly Capability[],
  ): readonly { readonly id: string; readonly outcome: Outcome; readonly reason: string }[];
}

export function planRun({
  deployment,
  only,
}: {
  readonly deployment: Deployment;
  readonly only?: readonly string[];
}): RunPlan {
  const chosen = choose(requirements, only);
  const settle = (requirement: Requirement, capabilities: readonly Capability[]) => {
    if (requirement.applies?.(deployment) === false)
      return { outcome: 'not-applicable', reason: 'the deployment file declares the part absent' } as const;
    if (!chosen.includes(requirement)) return { outcome: 'skipped', reason: 'left out by --only' } as const;
    const missing = requirement.needs?.filter((need) => !capabilities.includes(need)) ?? [];
    if (missing.length > 0)
      return { outcome: 'unverifiable-here', reason: `this stack lacks ${missing.join(', ')}` } as const;
    return undefined;
  };
  return {
    planned: requirements.map(planned),
    selected: (capabilities) =>
      requirements.filter((requirement) => !settle(requirement, capabilities)).map(({ id }) => id),
    settled: (capabilities) =>
      requirements.flatMap((requirement) => {
        const settled = settle(requirement, capabilities);
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
