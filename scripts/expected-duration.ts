import type { Requirement } from '../fixtures/requirement.ts';
import { conflict } from '../fixtures/runner/locks.ts';

/** Wall milliseconds. */
export interface ExpectedDuration {
  readonly sumMs: number;
  /** With all that may run at the same time doing so: what the run is expected to take. */
  readonly wallMs: number;
}

type Planned = Pick<Requirement, 'id' | 'layers' | 'disrupts'> & { readonly expectedMs: number };

interface Running {
  readonly planned: Planned;
  readonly endsAtMs: number;
}

/** Plays the locks through: STEADY-1 first, then whoever conflicts with nobody that runs or waits before it. */
export function expectedDuration(requirements: readonly Planned[], maxDisruptions: number): ExpectedDuration {
  const steady = requirements.filter(({ id }) => id === 'STEADY-1');
  const waiting = requirements.filter(({ id }) => id !== 'STEADY-1');
  let running: readonly Running[] = [];
  let nowMs = total(steady);
  while (waiting.length > 0 || running.length > 0) {
    const ahead = running.map(({ planned }) => planned);
    for (const planned of [...waiting]) {
      if (mayBegin(planned, ahead, maxDisruptions)) {
        waiting.splice(waiting.indexOf(planned), 1);
        running = [...running, { planned, endsAtMs: nowMs + planned.expectedMs }];
      }
      ahead.push(planned);
    }
    nowMs = Math.min(...running.map(({ endsAtMs }) => endsAtMs));
    running = running.filter(({ endsAtMs }) => endsAtMs > nowMs);
  }
  return { sumMs: total(requirements), wallMs: nowMs };
}

function mayBegin(planned: Planned, ahead: readonly Planned[], maxDisruptions: number): boolean {
  if (ahead.some((other) => conflict(locksOf(other), locksOf(planned)))) return false;
  const disruptors = ahead.filter(({ disrupts }) => disrupts.length > 0).length;
  return planned.disrupts.length === 0 || disruptors < maxDisruptions;
}

function locksOf({ layers, disrupts }: Planned) {
  return { shared: layers, exclusive: disrupts };
}

function total(requirements: readonly Planned[]): number {
  return requirements.reduce((sum, { expectedMs }) => sum + expectedMs, 0);
}
