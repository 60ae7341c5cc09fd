/** The kubelet's back-off: 10 s, doubling to five minutes, forgotten after twice that without a failure. */
export interface Backoff {
  /** How long to wait before the next attempt, given when the last one ended; then counts that attempt. */
  nextDelayMs(endedAtMs: number): number;
}

const initialMs = 10_000;
const longestMs = 300_000;

/** The first retry is at once (flowcontrol.Backoff: an entry exists only after the first `Next`). */
export function createBackoff(nowMs: () => number): Backoff {
  let delayMs = 0;
  let updatedAtMs = Number.NEGATIVE_INFINITY;
  return {
    nextDelayMs: (endedAtMs) => {
      const expired = endedAtMs - updatedAtMs > 2 * longestMs;
      const waitMs = expired ? 0 : Math.max(0, endedAtMs + delayMs - nowMs());
      delayMs = expired || delayMs === 0 ? initialMs : Math.min(longestMs, delayMs * 2);
      updatedAtMs = nowMs() + waitMs;
      return waitMs;
    },
  };
}
