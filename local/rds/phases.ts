/**
 * How long the phases of a failover take, in stack milliseconds. Field reports of RebootDBInstance(ForceFailover)
 * on Multi-AZ instances: the event "started" 8 to 17 s after the call, writes back 30 to 50 s later, "completed"
 * some 50 s after "started", `available` again 70 to 95 s after the call (reference §6: 60 to 120 s).
 */
export const phases = {
  /** From the call to the fence of the primary. Until then it serves. */
  untilFenced: 10_000,
  /** From the end of an unexpected death of the primary to its detection. */
  untilDetected: 10_000,
  /**
   * How a primary that hangs is found: a query, its timeout, and how many in a row stay without an answer. Amazon
   * publishes none of these; its reports of "busy and unresponsive" primaries name the failover, not the hang.
   */
  healthInterval: 5_000,
  healthTimeout: 5_000,
  healthThreshold: 3,
  /**
   * After how long a standby that does not keep up is given up, so that writes go on without it. Amazon says only
   * that the mirror of a volume is synchronous and that a lost standby is replaced; the time is ours.
   */
  standbySilence: 30_000,
  /** From the fence to the standby's promotion, plus or minus the jitter. */
  takeover: 38_000,
  takeoverJitter: 4_000,
  untilCompleted: 12_000,
  untilAvailable: 8_000,
  /** From the completed failover, or the loss of a standby, to the making of a new one. */
  untilRebuild: 10_000,
  /** A reboot without failover: "shutdown" to "restarted" was 11 s in AWS's own example. */
  restart: 10_000,
  /** What RDS adds to PostgreSQL's own shutdown and start; a stop takes minutes on AWS, and is nobody's objective. */
  stop: 20_000,
  start: 40_000,
  /** "You can stop a DB instance for up to seven days": then it is started (RDS User Guide, "Stopping"). */
  longestStop: 7 * 24 * 3_600_000,
  /** From the shutdown for a minor upgrade, or for another class without a standby, to the start. Ours. */
  upgrade: 60_000,
  changeClass: 60_000,
  /** RDS User Guide, "Restoring a DB instance to a specified time": logs are uploaded every five minutes. */
  handIn: 300_000,
  /** In which the name follows: RDS's records have a TTL of 5 s. */
  beforeRetry: 30_000,
} as const;
