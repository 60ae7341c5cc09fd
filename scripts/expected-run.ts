import type { Requirement } from '../fixtures/requirement.ts';
import type { Deployment } from '../provisioning/deployment/schema.ts';
import type { Report } from '../reports/report.ts';
import type { ExpectedDuration } from './expected-duration.ts';
import { expectedDuration } from './expected-duration.ts';

export interface ExpectedRun extends ExpectedDuration {
  /** What the numbers rest on. */
  readonly basis: string;
}

/** Real-world seconds where nothing was measured yet: what a check takes, and what each of its faults adds. */
const guessedSeconds = { check: 60, fault: 120 };

/** From what each requirement took in the last run of this deployment at this speed. */
export function expectedRun(
  requirements: readonly Requirement[],
  {
    deployment,
    speed,
    last,
  }: { readonly deployment: Deployment; readonly speed: number; readonly last?: Report },
): ExpectedRun {
  const comparable =
    last?.deployment.name === deployment.name && last.stack.speed === speed ? last : undefined;
  const measured = new Map(
    comparable?.requirements
      .filter(({ outcome }) => outcome === 'pass' || outcome === 'fail')
      .map(({ id, durationMs }) => [id, durationMs]),
  );
  const known = requirements.filter(({ id }) => measured.has(id)).length;
  const planned = requirements.map((requirement) => ({
    ...requirement,
    expectedMs: measured.get(requirement.id) ?? guessedMs(requirement) / speed,
  }));
  return {
    ...expectedDuration(planned, deployment.safety.maxConcurrentDisruptions),
    basis:
      known === requirements.length && comparable
        ? `run ${comparable.runId}`
        : `${known} of ${requirements.length} requirements measured by the last run, the others guessed`,
  };
}

function guessedMs({ faults }: Requirement): number {
  return (guessedSeconds.check + guessedSeconds.fault * faults.length) * 1000;
}
