/**
 * How long the phases of a cluster's failover take, in stack milliseconds: RDS User Guide, "Failing over a Multi-AZ DB
 * cluster", promises typically less than 35 s in all. How they divide is not published.
 */
export const clusterPhases = {
  /** From the call to the fence of the writer. */
  untilFenced: 3_000,
  /** From the end of an unexpected death of the writer to its detection. */
  untilDetected: 5_000,
  /** From the fence to the promotion, plus or minus the jitter. */
  takeover: 15_000,
  takeoverJitter: 3_000,
  untilCompleted: 3_000,
  restart: 10_000,
  /** From the loss of a reader, or the completed failover, to the making of a new one. */
  untilRebuild: 10_000,
  beforeRetry: 30_000,
  /** For a server that lives to say or do what it is asked. */
  patience: 30_000,
} as const;
