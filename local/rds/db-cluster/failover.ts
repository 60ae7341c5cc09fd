import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Member } from './member.ts';
import { clusterPhases as phases } from './phases.ts';
import type { ClusterServers } from './servers.ts';

/** What a cluster's failover acts on and tells. */
export interface ClusterFailoverStage {
  readonly servers: ClusterServers;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Addresses, roles or processes are not what they were. */
  changed(): void;
  event(message: string): void;
  log(error: unknown): void;
}

/**
 * Resolves when a writer serves: the reader that was chosen, or, where none can be proved to have every acknowledged
 * commit, the old one. Events: RDS User Guide, "DB cluster events", RDS-EVENT-0069 to 0073; the zones always differ.
 */
export async function failOverCluster(
  stage: ClusterFailoverStage,
  target: Member | undefined,
): Promise<void> {
  const { servers, clock, signal, changed, event } = stage;
  await servers.fence();
  changed();
  const chosen = await choose(stage, target);
  if (!chosen) return promoteOldWriter(stage);
  const { identifier } = chosen.specification;
  event(`Started cross AZ failover to DB instance: ${identifier}`);
  // Before it takes writes, nobody is sent to it to read.
  chosen.up = false;
  changed();
  await clock.sleep(takeover(stage), signal);
  try {
    await servers.promote(chosen, signal);
  } catch (error) {
    signal.throwIfAborted();
    stage.log(error);
    event('Cluster failover failed, check the health of your cluster instances and try again.');
    await servers.removeReader(chosen);
    return promoteOldWriter(stage);
  }
  changed();
  await rejoin(stage);
  await clock.sleep(phases.untilCompleted, signal);
  event(`Completed failover to DB instance: ${identifier}`);
}

async function choose({ servers, signal }: ClusterFailoverStage, target: Member | undefined) {
  const chosen = await servers.choose(signal);
  if (!chosen || !target || target === chosen) return chosen;
  return (await servers.catchUp(target, chosen, signal)) ? target : chosen;
}

/** It was fenced, not removed, and has every acknowledged commit. */
async function promoteOldWriter(stage: ClusterFailoverStage): Promise<void> {
  const { servers, signal, event, changed } = stage;
  event(`Promoting previous primary again: ${servers.writer.specification.identifier}`);
  await servers.reviveWriter(signal);
  changed();
  await rejoin(stage);
}

/** A reader that cannot follow the writer's timeline is made anew. */
async function rejoin({ servers, signal, log, changed }: ClusterFailoverStage): Promise<void> {
  for (const reader of servers.readers.filter(({ server }) => server?.pid !== undefined)) {
    try {
      await servers.rejoin(reader, signal);
    } catch (error) {
      signal.throwIfAborted();
      log(error);
      await servers.removeReader(reader);
    }
  }
  changed();
}

function takeover({ random }: ClusterFailoverStage): number {
  return phases.takeover + (random.next() * 2 - 1) * phases.takeoverJitter;
}
