import type { Seen } from './outage.ts';

/** A time in which too large a share of the requests failed, though some were served: no outage shows it. */
export interface ErrorWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly requests: number;
  readonly failed: number;
  /** Of the worst single window in it. */
  readonly worstShare: number;
}

export interface ErrorWindowOptions {
  readonly windowMs: number;
  /** Share of failed requests from which a window counts. */
  readonly atLeast: number;
  /** A window of fewer requests says nothing. */
  readonly leastRequests?: number;
}

/**
 * Slides a window that ends at each request in turn, (t − window, t], and unites those whose share of failures
 * reaches the threshold. `fromMs` and `toMs` are the first and the last failed request in them: known within one
 * interval, as an outage's ends are. Requests are in the order in which they were sent.
 */
export function errorWindowsOf(
  ordered: readonly Seen[],
  options: ErrorWindowOptions,
): readonly ErrorWindow[] {
  const { windowMs, atLeast, leastRequests = 5 } = options;
  const found: { first: number; last: number; worstShare: number }[] = [];
  let first = 0;
  let failed = 0;
  for (const [last, { atMs, good }] of ordered.entries()) {
    if (!good) failed++;
    for (; (ordered[first]?.atMs ?? atMs) <= atMs - windowMs; first++) if (!ordered[first]?.good) failed--;
    const requests = last - first + 1;
    if (failed === 0 || requests < leastRequests || failed / requests < atLeast) continue;
    const open = found.at(-1);
    if (open && first <= open.last) {
      open.last = last;
      open.worstShare = Math.max(open.worstShare, failed / requests);
    } else found.push({ first, last, worstShare: failed / requests });
  }
  return found.map(({ first: from, last: to, worstShare }) => {
    const bad = ordered.slice(from, to + 1).filter((seen) => !seen.good);
    const fromMs = bad[0]?.atMs ?? Number.NaN;
    const toMs = bad.at(-1)?.atMs ?? Number.NaN;
    const within = ordered.slice(from, to + 1).filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    return { fromMs, toMs, requests: within.length, failed: bad.length, worstShare };
  });
}
