import { debuglog } from 'node:util';
import { dropSnapshot, startSnapshot } from './snapshots.ts';
import type { RdsState, StoredInstance } from './state.ts';

const log = debuglog('stormproof:rds-api');

/** Archiving, and the first automated snapshot: RDS makes one as soon as backups are on. */
export async function startBackups(state: RdsState, instance: StoredInstance): Promise<void> {
  try {
    await state.ports.engine.setBackups(instance.identifier, true);
    await automatedSnapshot(state, instance);
  } catch (error) {
    // The instance serves all the same.
    if (!state.context.signal.aborted) log('%s: %O', instance.identifier, error);
    instance.backingUp = false;
  }
  state.context.changed();
}

/** After ModifyDBInstance: from none to some days, or to none. */
export function changeRetention(state: RdsState, instance: StoredInstance, daysBefore: number): void {
  const days = instance.settings.BackupRetentionPeriod ?? 0;
  if (days > 0 === daysBefore > 0) return;
  instance.backingUp = days > 0;
  void (days > 0 ? startBackups(state, instance) : stopBackups(state, instance));
}

/** A retention of 0 days deletes all automated backups at once (RDS User Guide, "Disabling automated backups"). */
async function stopBackups(state: RdsState, instance: StoredInstance): Promise<void> {
  try {
    await state.ports.engine.setBackups(instance.identifier, false);
    await dropAutomatedSnapshots(state, instance);
  } catch (error) {
    if (!state.context.signal.aborted) log('%s: %O', instance.identifier, error);
  }
  state.context.changed();
}

export async function dropAutomatedSnapshots(state: RdsState, { settings }: StoredInstance): Promise<void> {
  for (const snapshot of [...state.snapshots.values()])
    if (snapshot.type === 'automated' && snapshot.source.DbiResourceId === settings.DbiResourceId)
      await dropSnapshot(state, snapshot);
}

function automatedSnapshot(state: RdsState, instance: StoredInstance): Promise<void> {
  const minute = state.context.clock.now().toISOString().slice(0, 16).replace(/[T:]/g, '-');
  const name = `rds:${instance.identifier}-${minute}`;
  // Off and on again within a minute.
  const taken = [...state.snapshots.keys()].filter((identifier) => identifier.startsWith(name)).length;
  const identifier = taken === 0 ? name : `${name}-${taken}`;
  return startSnapshot(state, instance, { identifier, type: 'automated' }).done;
}
