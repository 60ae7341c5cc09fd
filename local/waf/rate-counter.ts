/** WAF Developer Guide, "Rate-based rule caveats": rates are looked at about every 10 seconds. */
const checkEverySeconds = 10;
/** WAF API reference, GetRateBasedStatementManagedKeys: at most 10,000 addresses are limited by a rule. */
const mostLimitedKeys = 10_000;
/** Bounds memory against forged keys; no plausible load has so many clients in ten minutes. */
const mostCountedKeys = 100_000;

/**
 * The rate of one rule: requests a key, in slots as long as the time between two checks. A key becomes limited,
 * and is released, at a check only: the lag that AWS documents. Limited requests go on counting.
 */
export interface RateCounter {
  /** Whether requests of this key are limited now. */
  limited(key: string, elapsedMs: number): boolean;
  count(key: string, elapsedMs: number): void;
  limitedKeys(elapsedMs: number): readonly string[];
}

export function createRateCounter({ limit, windowSec }: { limit: number; windowSec: number }): RateCounter {
  const slots = windowSec / checkEverySeconds;
  const counts = new Map<string, number[]>();
  let limited = new Set<string>();
  let slot: number | undefined;

  function advance(elapsedMs: number): void {
    const current = Math.floor(elapsedMs / (checkEverySeconds * 1000));
    const passed = slot === undefined ? 0 : current - slot;
    slot = current;
    // After a whole window without a request nothing is left to remember, however long it was.
    for (let check = 0; check < Math.min(passed, slots + 1); check++) {
      limited = keysOver(counts, limit);
      rotate(counts, slots);
    }
  }

  return {
    limited: (key, elapsedMs) => {
      advance(elapsedMs);
      return limited.has(key);
    },
    count: (key, elapsedMs) => {
      advance(elapsedMs);
      const known = counts.get(key);
      if (known) known[0] = (known[0] ?? 0) + 1;
      else if (counts.size < mostCountedKeys) counts.set(key, [1]);
    },
    limitedKeys: (elapsedMs) => {
      advance(elapsedMs);
      return [...limited];
    },
  };
}

function keysOver(counts: ReadonlyMap<string, readonly number[]>, limit: number): Set<string> {
  const over = [...counts].filter(([, bySlot]) => sum(bySlot) > limit).map(([key]) => key);
  return new Set(over.slice(0, mostLimitedKeys));
}

/** The newest slot stands first. */
function rotate(counts: Map<string, number[]>, slots: number): void {
  for (const [key, bySlot] of counts) {
    bySlot.unshift(0);
    bySlot.length = Math.min(bySlot.length, slots);
    if (sum(bySlot) === 0) counts.delete(key);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
