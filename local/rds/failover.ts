import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Cluster } from './cluster.ts';
import type { DatabaseDefect } from './contract.ts';
import { phases } from './phases.ts';

/** What a failover acts on and tells. */
export interface FailoverStage {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  has(defect: DatabaseDefect): boolean;
  /** The defect `standby-cannot-be-promoted` holds it up. */
  promotionAllowed(): Promise<void>;
  /** The processes of the instance are not what they were. */
  changed(): void;
  /** The standby was given up in the middle of its promotion: the old primary goes on as if there had been none. */
  notPromoted(): Promise<void>;
  /** Clients are to be sent to the new primary. */
  promoted(): void;
  event(message: string, category: string): void;
  log(error: unknown): void;
}

export type FailoverCause = 'requested' | 'modified' | 'ended' | 'unresponsive';

/** RDS User Guide, "Failover process for Amazon RDS": the reasons as the event log shows them. */
const reasons: Readonly<Record<FailoverCause, string>> = {
  requested: 'The user requested a failover of the DB instance.',
  modified: 'The RDS instance was modified by customer.',
  ended: 'The primary host of the RDS Multi-AZ instance is unhealthy.',
  unresponsive: 'The RDS Multi-AZ primary instance is busy and unresponsive.',
};

/**
 * Resolves when a primary serves: the new one, or, where the standby cannot take over, the old. The order and wording
 * of the events are those of field reports; see `phases.ts`.
 */
export async function failOver(cause: FailoverCause, stage: FailoverStage): Promise<void> {
  const { cluster, clock, signal } = stage;
  if (cause === 'requested') {
    if (stage.has('asynchronous-standby')) await cluster.cutStandbyOff(signal);
    await clock.sleep(phases.untilFenced, signal);
  }
  stage.event('Multi-AZ instance failover started.', 'failover');
  if (stage.has('old-primary-not-fenced')) await cluster.leaveUnfenced();
  else if (stage.has('old-primary-keeps-sessions')) await cluster.fenceNewConnections();
  else await cluster.fence();
  stage.changed();
  await clock.sleep(takeover(stage), signal);
  await unlessAborted(stage.promotionAllowed(), signal);
  if (!(await promote(stage))) return returnToOldPrimary(stage);
  await cluster.admitClients(signal);
  stage.promoted();
  await cluster.removeSuperseded();
  stage.event('DB instance restarted', 'availability');
  stage.event('Multi-AZ failover to standby complete - DNS propagation may take a few minutes', 'failover');
  await clock.sleep(phases.untilCompleted, signal);
  stage.event('Multi-AZ instance failover completed', 'failover');
  stage.event(reasons[cause], 'failover');
  await clock.sleep(phases.untilAvailable, signal);
}

async function promote({ cluster, signal, log }: FailoverStage): Promise<boolean> {
  try {
    await cluster.promote(signal);
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    log(error);
    return false;
  }
}

/** The old primary was fenced, not removed, and has every acknowledged write. */
async function returnToOldPrimary({ cluster, signal, event, notPromoted }: FailoverStage): Promise<void> {
  await cluster.giveUpStandby();
  await cluster.revivePrimary(signal);
  await notPromoted();
  activated(event);
  event('Recovered from partial failover.', 'failover');
}

/** RDS-EVENT-0050 and 0051: the primary of a Multi-AZ instance is in the zone that it was in before. */
export function activated(event: FailoverStage['event']): void {
  event('Multi-AZ instance activation started.', 'failover');
  event('Multi-AZ instance activation completed.', 'failover');
}

function takeover({ random }: FailoverStage): number {
  return phases.takeover + (random.next() * 2 - 1) * phases.takeoverJitter;
}

async function unlessAborted(waited: Promise<void>, signal: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([waited, stopped.promise]);
  signal.removeEventListener('abort', stop);
}
