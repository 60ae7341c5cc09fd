import type { Labels, LogQuery } from './selector.ts';

export interface LogEntry {
  /** Nanoseconds since the epoch. */
  readonly at: bigint;
  readonly line: string;
}

export interface LogStream {
  readonly labels: Labels;
  readonly entries: readonly LogEntry[];
}

export interface LogRange {
  /** Inclusive. */
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
  readonly limit: number;
  readonly direction: 'forward' | 'backward';
}

export interface LogStore {
  /** An entry of the same stream, nanosecond and line as one that is there is dropped, as Loki does. */
  add(labels: Labels, entries: readonly LogEntry[]): void;
  query(query: LogQuery, range: LogRange): readonly LogStream[];
  /** The label sets of the streams with entries in the range. */
  streams(range: Pick<LogRange, 'start' | 'end'>): readonly Labels[];
}

/** Bounded: when there are more lines than that, the oldest that arrived go first. */
export function createLogStore({ lines: mostLines }: { lines: number }): LogStore {
  const streams = new Map<string, Stream>();
  const arrived: { stream: Stream; entry: LogEntry }[] = [];
  let gone = 0;

  function add(labels: Labels, entries: readonly LogEntry[]): void {
    const key = keyOf(labels);
    const stream = streams.get(key) ?? { key, labels, entries: [], seen: new Set<string>() };
    streams.set(key, stream);
    for (const entry of entries) {
      const identity = identityOf(entry);
      if (stream.seen.has(identity)) continue;
      stream.seen.add(identity);
      insert(stream.entries, entry);
      arrived.push({ stream, entry });
    }
    evict();
  }

  function evict(): void {
    for (; arrived.length - gone > mostLines; gone++) {
      const oldest = arrived[gone];
      if (oldest) forget(oldest.stream, oldest.entry);
    }
    if (gone <= mostLines) return;
    // Now and then at once: shifting one at a time would move the whole list each time.
    arrived.splice(0, gone);
    gone = 0;
  }

  function forget(stream: Stream, entry: LogEntry): void {
    stream.seen.delete(identityOf(entry));
    stream.entries.splice(stream.entries.indexOf(entry), 1);
    if (stream.entries.length === 0) streams.delete(stream.key);
  }

  return {
    add,
    query: (query, range) => select([...streams.values()], query, range),
    streams: ({ start, end }) =>
      [...streams.values()]
        .filter(({ entries }) => entries.some(({ at }) => at >= start && at < end))
        .map(({ labels }) => labels),
  };
}

interface Stream {
  readonly key: string;
  readonly labels: Labels;
  /** By time, then by arrival. */
  readonly entries: LogEntry[];
  readonly seen: Set<string>;
}

/** The limit goes over all streams together, from the end that the direction starts at. */
function select(streams: readonly Stream[], query: LogQuery, range: LogRange): LogStream[] {
  const { start, end, limit, direction } = range;
  const found = streams
    .filter(({ labels }) => query.streams(labels))
    .flatMap((stream) =>
      stream.entries
        .filter(({ at, line }) => at >= start && at < end && query.lines(line))
        .map((entry) => ({ stream, entry })),
    )
    .toSorted((a, b) => compare(a.entry.at, b.entry.at));
  if (direction === 'backward') found.reverse();
  const byStream = Map.groupBy(found.slice(0, limit), ({ stream }) => stream);
  return [...byStream].map(([{ labels }, hits]) => ({ labels, entries: hits.map(({ entry }) => entry) }));
}

function insert(entries: LogEntry[], entry: LogEntry): void {
  let at = entries.length;
  while (at > 0 && (entries[at - 1]?.at ?? 0n) > entry.at) at--;
  entries.splice(at, 0, entry);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function identityOf({ at, line }: LogEntry): string {
  return `${at} ${line}`;
}
