/** How a walk ended: everything that was begun has settled. */
export interface Walk {
  readonly failed: ReadonlySet<string>;
  readonly notBegun: ReadonlySet<string>;
}

export interface WalkOptions {
  /** After a failure: begin nothing more (`stop`), or only what does not need the failed one (`continue`). */
  readonly onFailure: 'stop' | 'continue';
  /** Called once, at the first failure, while others still run. */
  readonly failed?: () => void;
}

/** Visits each node as soon as those it needs are done, everything that can be at the same time. */
export async function walk(
  needs: ReadonlyMap<string, readonly string[]>,
  visit: (id: string) => Promise<boolean>,
  { onFailure, failed: told = () => undefined }: WalkOptions,
): Promise<Walk> {
  const waiting = new Set(needs.keys());
  const done = new Set<string>();
  const failed = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const settle = async (id: string): Promise<void> => {
    const succeeded = await visit(id);
    if (!succeeded && failed.size === 0) told();
    (succeeded ? done : failed).add(id);
    running.delete(id);
  };
  for (;;) {
    const open = onFailure === 'continue' || failed.size === 0;
    const ready = [...waiting].filter(
      (id) => open && (needs.get(id) ?? []).every((other) => done.has(other)),
    );
    for (const id of ready) {
      waiting.delete(id);
      running.set(id, settle(id));
    }
    if (running.size === 0) return { failed, notBegun: waiting };
    await Promise.race(running.values());
  }
}

/** The same graph for taking away: a node waits for those that need it. Needs outside the graph do not count. */
export function reversed(needs: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const backwards = new Map<string, string[]>([...needs.keys()].map((id) => [id, []]));
  for (const [id, others] of needs) for (const other of others) backwards.get(other)?.push(id);
  return backwards;
}
