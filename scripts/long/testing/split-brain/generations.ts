/** One acknowledged write, and the server that acknowledged it. Times are of one clock. */
export interface Acknowledged {
  readonly key: string;
  readonly server: Server;
  /** No later than the COMMIT was sent. */
  readonly commitBeganAt: number;
  readonly completedAt: number;
}

/** A server from one start of its postmaster on. */
export interface Server {
  readonly address: string;
  readonly startedAt: string;
  readonly timeline: string;
}

export interface Overlap {
  readonly write: Acknowledged;
  /** The first write of a later primary, acknowledged before that one's commit began. */
  readonly superseded: Acknowledged;
}

/**
 * Two that served at once: the primaries in the order of their first acknowledgement, and each write that one of them
 * began to commit after a later one had acknowledged its first. Empty when there was never more than one.
 */
export function overlapsOf(writes: readonly Acknowledged[]): readonly Overlap[] {
  const firsts = firstOfEach(writes);
  const rank = new Map(firsts.map(({ server }, index) => [nameOf(server), index]));
  return writes.flatMap((write) => {
    const own = rank.get(nameOf(write.server)) ?? 0;
    const superseded = firsts.slice(own + 1).find(({ completedAt }) => completedAt < write.commitBeganAt);
    return superseded ? [{ write, superseded }] : [];
  });
}

/** The first acknowledged write of each server, in the order in which they came. */
export function firstOfEach(writes: readonly Acknowledged[]): readonly Acknowledged[] {
  const firsts = new Map<string, Acknowledged>();
  for (const write of writes.toSorted((one, other) => one.completedAt - other.completedAt)) {
    if (!firsts.has(nameOf(write.server))) firsts.set(nameOf(write.server), write);
  }
  return [...firsts.values()];
}

function nameOf({ address, startedAt }: Server): string {
  return `${address} since ${startedAt}`;
}
