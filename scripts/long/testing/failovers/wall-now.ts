/** UTC in milliseconds that never goes back, as the ledger's processes tell it. */
export function wallNow(): number {
  return performance.timeOrigin + performance.now();
}

/** What the system's clock, which PostgreSQL writes into its logs, is ahead of `wallNow`: it may be slewed meanwhile. */
export function systemClockAheadMs(): number {
  return Date.now() - wallNow();
}
