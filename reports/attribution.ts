/** A request in time: it was under way from its intended time for so long. Wall milliseconds. */
type Timed = readonly [atMs: number, tookMs: number, ...rest: unknown[]];

export interface ControlRecord {
  /** Requests of the control stream that were answered, whatever the answer, soon enough. */
  readonly reached: readonly Timed[];
  readonly unreached: readonly Timed[];
}

export interface Attribution<Request> {
  /** The control stream was fine around them: the deployment's. */
  readonly attributed: readonly Request[];
  /** It was not, or was not there: nobody's, they say nothing of the deployment. */
  readonly unattributed: readonly Request[];
}

/**
 * A failed request, under way from t to t + d, is the deployment's when within a margin around that time some request
 * of the control stream was sent and reached its target, and none failed that was under way then.
 */
export function attribute<Request extends Timed>(
  failed: readonly Request[],
  { reached, unreached }: ControlRecord,
  marginMs: number,
): Attribution<Request> {
  const instants = reached.map(([atMs]) => atMs).sort((a, b) => a - b);
  const wasBroken = overlapWith(unreached);
  const isOurs = ([atMs, tookMs]: Timed): boolean => {
    const fromMs = atMs - marginMs;
    const toMs = atMs + tookMs + marginMs;
    return countUpTo(instants, toMs) > countUpTo(instants, fromMs) && !wasBroken(fromMs, toMs);
  };
  const { attributed = [], unattributed = [] } = Object.groupBy(failed, (request) =>
    isOurs(request) ? 'attributed' : 'unattributed',
  );
  return { attributed, unattributed };
}

/** The two streams do not see an event at the same instant; at least two intervals of the control stream. */
export const attributionMarginMs = 250;

/** How slow an answer of the control stream may be: the users' streams saw a network as slow as that too. */
export const controlSlowMs = 2000;

/** By binary search: a control stream is as long as the run. */
function overlapWith(spans: readonly Timed[]): (fromMs: number, toMs: number) => boolean {
  const ordered = spans.toSorted((a, b) => a[0] - b[0]);
  const instants = ordered.map(([atMs]) => atMs);
  let latest = Number.NEGATIVE_INFINITY;
  const latestEnds = ordered.map(([atMs, tookMs]) => {
    latest = Math.max(latest, atMs + tookMs);
    return latest;
  });
  return (fromMs, toMs) => (latestEnds[countUpTo(instants, toMs) - 1] ?? Number.NEGATIVE_INFINITY) >= fromMs;
}

/** How many of the ordered values are at most `bound`. */
function countUpTo(ordered: readonly number[], bound: number): number {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ordered[middle] ?? Number.POSITIVE_INFINITY) <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
