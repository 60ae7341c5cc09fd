import type { Clock } from '../base/clock.ts';
import type { Cluster } from './cluster.ts';
import { phases } from './phases.ts';

/** What a stop and a start act on and tell. */
export interface StopStage {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The processes of the instance are not what they were. */
  changed(): void;
  event(message: string, category: string): void;
}

/** A normal shutdown of every server; what they stored stays (RDS User Guide, "Stopping a DB instance temporarily"). */
export async function stopServers(stage: StopStage): Promise<void> {
  await shutDown(stage);
  await stage.clock.sleep(phases.stop, stage.signal);
  stage.event('DB instance stopped', 'notification');
}

export async function startServers({ cluster, clock, signal, event }: StopStage): Promise<void> {
  await clock.sleep(phases.start, signal);
  await cluster.startAgain(signal);
  event('DB instance restarted', 'availability');
  event('DB instance started', 'notification');
}

/** An outage of that length, and PostgreSQL's own on top. */
export async function restartServers(stage: StopStage, downMs: number): Promise<void> {
  await shutDown(stage);
  await stage.clock.sleep(downMs, stage.signal);
  await stage.cluster.startAgain(stage.signal);
  stage.event('DB instance restarted', 'availability');
}

async function shutDown({ cluster, signal, event, changed }: StopStage): Promise<void> {
  event('DB instance shutdown', 'availability');
  await cluster.shutDown(signal);
  changed();
}
