import type { JournalEvent } from './journal.ts';
import type { LayerName, PlannedRequirement } from './report.ts';

/** Which requirements followed which, and what the run could not have been shorter than. */
export interface Schedule {
  /** From the first requirement's start to the last one's end, wall milliseconds. */
  readonly wallMs: number;
  /** What all of them took together: how much overlapped. */
  readonly busyMs: number;
  /** Each waited for the one before it to give a layer back; the last one ended the run. */
  readonly criticalPath: readonly ScheduledRequirement[];
  /** One sentence: the chain, and the layer that most of it had alone. */
  readonly boundedBy: string;
}

export interface ScheduledRequirement {
  readonly id: string;
  /** Wall milliseconds since the first requirement's start. */
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly waitedFor?: string;
}

/** Undefined when nothing ran to its end. */
export function scheduleOf(
  events: readonly JournalEvent[],
  plan: readonly PlannedRequirement[],
): Schedule | undefined {
  const ran = scheduled(events);
  const last = ran.toSorted((a, b) => a.finishedAtMs - b.finishedAtMs).at(-1);
  if (!last) return undefined;
  const criticalPath = pathTo(last, ran);
  return {
    wallMs: last.finishedAtMs,
    busyMs: ran.reduce((sum, { startedAtMs, finishedAtMs }) => sum + finishedAtMs - startedAtMs, 0),
    criticalPath,
    boundedBy: boundedBy(criticalPath, plan),
  };
}

function scheduled(events: readonly JournalEvent[]): readonly ScheduledRequirement[] {
  const starts = events.filter((event) => event.type === 'requirement-started');
  const firstMs = Math.min(...starts.map(({ at }) => Date.parse(at)));
  return starts.flatMap(({ id, at, waitedFor }) => {
    const end = events.findLast((event) => event.type === 'requirement-finished' && event.id === id);
    if (!end) return [];
    const startedAtMs = Date.parse(at) - firstMs;
    return [{ id, startedAtMs, finishedAtMs: Date.parse(end.at) - firstMs, ...(waitedFor && { waitedFor }) }];
  });
}

function pathTo(
  last: ScheduledRequirement,
  ran: readonly ScheduledRequirement[],
): readonly ScheduledRequirement[] {
  const path = [last];
  for (;;) {
    const [first] = path;
    const before = ran.find(({ id }) => id === first?.waitedFor);
    if (!before || path.includes(before)) return path;
    path.unshift(before);
  }
}

function boundedBy(path: readonly ScheduledRequirement[], plan: readonly PlannedRequirement[]): string {
  const chain = path
    .map(({ id, startedAtMs, finishedAtMs }) => `${id} ${seconds(finishedAtMs - startedAtMs)}`)
    .join(' → ');
  const alone = new Map<LayerName, number>();
  for (const { id, startedAtMs, finishedAtMs } of path)
    for (const layer of plan.find((planned) => planned.id === id)?.disrupts ?? [])
      alone.set(layer, (alone.get(layer) ?? 0) + finishedAtMs - startedAtMs);
  const [most] = [...alone].sort(([, a], [, b]) => b - a);
  return most ? `${chain}; the ${most[0]} layer was had alone for ${seconds(most[1])} of it` : chain;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
