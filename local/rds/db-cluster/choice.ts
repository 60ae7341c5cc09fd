/** A reader that may hold what was acknowledged, and how far its WAL goes where that could be read. */
export interface Voter<T> {
  readonly reader: T;
  readonly position: bigint | undefined;
}

/**
 * The reader that has every acknowledged commit, or nobody where that cannot be proved. Of the voters at least one has
 * each commit, and WAL is one sequence: who has the most of it has all that any other has. A voter that cannot be read
 * may be the one that has more.
 */
export function mostAdvanced<T>(voters: readonly Voter<T>[]): T | undefined {
  let most: { reader: T; position: bigint } | undefined;
  for (const { reader, position } of voters) {
    if (position === undefined) return undefined;
    if (!most || position > most.position) most = { reader, position };
  }
  return most?.reader;
}
