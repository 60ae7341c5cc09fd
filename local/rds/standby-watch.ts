/** What a primary knows of its standby, in one look. Positions in the WAL are bytes. */
export interface ReplicationSample {
  readonly written: number;
  /** Absent, as `replyTime`: no standby is connected. */
  readonly flushed: number | null;
  /** When the standby's last message was sent. */
  readonly replyTime: string | null;
}

export interface StandbyWatch {
  /** For how long the standby has not kept up: it said nothing, or flushed nothing of what waited for it. */
  observe(sample: ReplicationSample, atWallMs: number): number;
  /** After a look that failed: what was not seen is not held against the standby. */
  forget(): void;
}

/** A standby that only goes on saying that it lives (a link that carries one direction) does not keep up. */
export function createStandbyWatch(): StandbyWatch {
  let before: ReplicationSample | undefined;
  let keptUpAt = 0;
  // Both may come at different looks: replies once a second, and the WAL in between.
  let heard = false;
  return {
    observe: (sample, atWallMs) => {
      if (!before) keptUpAt = atWallMs;
      heard ||= sample.replyTime !== null && sample.replyTime !== before?.replyTime;
      if (heard && follows(sample, before)) {
        keptUpAt = atWallMs;
        heard = false;
      }
      before = sample;
      return atWallMs - keptUpAt;
    },
    forget: () => {
      before = undefined;
      heard = false;
    },
  };
}

function follows(now: ReplicationSample, before: ReplicationSample | undefined): boolean {
  if (now.flushed === null) return false;
  return now.flushed >= (before?.written ?? now.written) || now.flushed > (before?.flushed ?? now.flushed);
}
