/** One request as an outage sees it: when it was sent, and whether whoever arrived then was served. */
export interface Seen {
  readonly atMs: number;
  readonly good: boolean;
}

/**
 * A time in which nobody who arrived was served, as far as requests can tell; wall milliseconds, UTC instants.
 *
 * It began after the last good request (g₀) and no later than the first failed one (f₀); it ended after the last
 * failed one (f₁) and no later than the next good one (g₁). So its true length L is bounded:
 *
 *     f₁ − f₀  ≤  L  ≤  g₁ − g₀        estimate ½ ((g₁ + f₁) − (g₀ + f₀))        ± ½ ((g₁ − g₀) − (f₁ − f₀))
 *
 * At a fixed interval i the uncertainty is i, and an outage shorter than i may fall between two requests. All four are
 * the instants of sending, not the intended ones: a prober that was late saw the deployment when it was late, and the
 * gap in its requests makes the uncertainty as much larger as it is. What remains is the way to the server.
 */
export interface Outage {
  readonly firstFailedAtMs: number;
  readonly lastFailedAtMs: number;
  /** NaN when no good request came before. */
  readonly lastGoodAtMs: number;
  /** NaN while it is open. */
  readonly firstGoodAtMs: number;
  readonly failed: number;
  readonly atLeastMs: number;
  /** Infinite when it has no good request on either side. */
  readonly atMostMs: number;
  /** The estimate; with an end missing, as long as it was certainly seen, and to the good request that is there. */
  readonly lengthMs: number;
  readonly uncertaintyMs: number;
  /** No success came after it, or none before: its length is only a lower bound. */
  readonly open: boolean;
}

/** Of requests in the order in which they were sent. Two outages are apart when a good request lies between. */
export function outagesOf(ordered: Iterable<Seen>): readonly Outage[] {
  const outages: Outage[] = [];
  let lastGoodAtMs = Number.NaN;
  let run: { firstFailedAtMs: number; lastFailedAtMs: number; failed: number } | undefined;
  for (const { atMs, good } of ordered) {
    if (!good) {
      run ??= { firstFailedAtMs: atMs, lastFailedAtMs: atMs, failed: 0 };
      run.lastFailedAtMs = atMs;
      run.failed++;
      continue;
    }
    if (run) outages.push(outageBetween({ ...run, lastGoodAtMs, firstGoodAtMs: atMs }));
    run = undefined;
    lastGoodAtMs = atMs;
  }
  if (run) outages.push(outageBetween({ ...run, lastGoodAtMs, firstGoodAtMs: Number.NaN }));
  return outages;
}

/** Open ones included, with what was certainly seen of them. */
export function longestOutage(outages: readonly Outage[]): Outage | undefined {
  return outages.reduce<Outage | undefined>(
    (longest, outage) => (longest && longest.lengthMs >= outage.lengthMs ? longest : outage),
    undefined,
  );
}

export type OutageEnds = Pick<
  Outage,
  'firstFailedAtMs' | 'lastFailedAtMs' | 'lastGoodAtMs' | 'firstGoodAtMs' | 'failed'
>;

/** By its four instants, however they were seen. */
export function outageBetween(ends: OutageEnds): Outage {
  const { firstFailedAtMs, lastFailedAtMs, lastGoodAtMs, firstGoodAtMs } = ends;
  const open = Number.isNaN(lastGoodAtMs) || Number.isNaN(firstGoodAtMs);
  const atLeastMs = lastFailedAtMs - firstFailedAtMs;
  const atMostMs = open ? Number.POSITIVE_INFINITY : firstGoodAtMs - lastGoodAtMs;
  const beganMs = Number.isNaN(lastGoodAtMs) ? firstFailedAtMs : (lastGoodAtMs + firstFailedAtMs) / 2;
  const endedMs = Number.isNaN(firstGoodAtMs) ? lastFailedAtMs : (lastFailedAtMs + firstGoodAtMs) / 2;
  return {
    ...ends,
    atLeastMs,
    atMostMs,
    lengthMs: endedMs - beganMs,
    uncertaintyMs: (atMostMs - atLeastMs) / 2,
    open,
  };
}
