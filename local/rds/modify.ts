import type { DatabaseChange } from './contract.ts';
import type { FailoverStage } from './failover.ts';
import { failOver } from './failover.ts';
import { phases } from './phases.ts';
import { restartServers } from './stop-start.ts';

/** What a modification acts on and tells. */
export interface ModifyStage extends FailoverStage {
  /** Without a standby nothing fails over, and the server itself restarts. */
  readonly multiAz: boolean;
  setMultiAz(multiAz: boolean): void;
  /** Makes one unless there is one; false when it could not be made now, and is tried again later. */
  addStandby(): Promise<boolean>;
}

/** One after the other: RDS does not say in which order it takes what was asked for together. */
export async function modify(change: DatabaseChange, stage: ModifyStage): Promise<void> {
  if (change.instanceClass !== undefined) await changeClass(stage);
  if (change.engineVersion !== undefined) await upgrade(stage);
  if (change.multiAz === true && !stage.multiAz) await toMultiAz(stage);
  if (change.multiAz === false && stage.multiAz) await toSingleAz(stage);
}

/** RDS modifies the standby, fails over to it, and modifies the old primary: the outage is a failover's. */
async function changeClass(stage: ModifyStage): Promise<void> {
  stage.event('Applying modification to database instance class', 'configuration change');
  if (!stage.multiAz) await restartServers(stage, phases.changeClass);
  else if (await replaceStandby(stage)) {
    await failOver('modified', stage);
    await stage.addStandby();
  } else await restartServers(stage, phases.changeClass);
  stage.event('Finished applying modification to DB instance class', 'configuration change');
}

async function replaceStandby({ cluster, changed, addStandby }: ModifyStage): Promise<boolean> {
  const standby = cluster.candidate?.server;
  if (standby) {
    cluster.disqualify(standby);
    changed();
    await cluster.dropStandby(standby);
  }
  return addStandby();
}

/** RDS User Guide, "Upgrading the RDS for PostgreSQL DB engine": primary and standby at the same time. */
async function upgrade(stage: ModifyStage): Promise<void> {
  stage.event('The downtime started for the DB instance.', 'maintenance');
  stage.event('The engine version upgrade started.', 'maintenance');
  await restartServers(stage, phases.upgrade);
  stage.event('The engine version upgrade finished.', 'maintenance');
  stage.event('Database instance patched', 'maintenance');
}

async function toMultiAz({ event, setMultiAz, addStandby }: ModifyStage): Promise<void> {
  event('Applying modification to convert to a Multi-AZ DB Instance', 'configuration change');
  setMultiAz(true);
  if (!(await addStandby())) return;
  event('Finished applying modification to convert to a Multi-AZ DB Instance', 'configuration change');
}

async function toSingleAz({ cluster, event, setMultiAz, changed }: ModifyStage): Promise<void> {
  event('Applying modification to convert to a standard (Single-AZ) DB Instance', 'configuration change');
  setMultiAz(false);
  const standby = cluster.candidate?.server;
  if (standby) {
    cluster.disqualify(standby);
    changed();
    await cluster.dropStandby(standby);
  }
  event(
    'Finished applying modification to convert to a standard (Single-AZ) DB Instance',
    'configuration change',
  );
}
