import { setTimeout as wait } from 'node:timers/promises';

/** Looks until there is something to see; for what another process does and tells nobody. */
export async function until<T>(
  what: string,
  boundMs: number,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const startedMs = performance.now();
  while (true) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() - startedMs > boundMs) throw new Error(`Expected ${what} within ${boundMs} ms`);
    await wait(50);
  }
}
