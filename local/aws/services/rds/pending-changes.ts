import { debuglog } from 'node:util';
import type { DBInstance, PendingModifiedValues } from '@aws-sdk/client-rds';
import { changeRetention } from './automated-backups.ts';
import type { EngineChange } from './engine.ts';
import type { RdsState, StoredInstance } from './state.ts';

/** RDS User Guide, "Settings for DB instances": what waits for the maintenance window unless it is applied immediately. */
const deferred = [
  'MultiAZ',
  'DBInstanceClass',
  'EngineVersion',
  'AllocatedStorage',
  'BackupRetentionPeriod',
  'IAMDatabaseAuthenticationEnabled',
] as const satisfies readonly (keyof DBInstance & keyof PendingModifiedValues)[];

type Deferred = (typeof deferred)[number];

/** What is asked for joins what waits; what is as it is now waits no more. */
export function deferChanges(instance: StoredInstance, asked: Pick<DBInstance, Deferred>): void {
  const { settings } = instance;
  const values = { ...instance.pending };
  for (const member of deferred) {
    if (asked[member] === undefined) continue;
    if (asked[member] === settings[member]) delete values[member];
    else Object.assign(values, { [member]: asked[member] });
  }
  instance.pending = values;
}

/** A retention that goes neither from nor to 0 is applied as soon as possible, whatever was asked. */
export function isAsynchronous(settings: DBInstance, days: number | undefined): boolean {
  return days !== undefined && days > 0 && (settings.BackupRetentionPeriod ?? 0) > 0;
}

export function dropPendingChanges(instance: StoredInstance): void {
  instance.pending = {};
  instance.upgradeOptedIn = false;
}

/** Everything that waits, at once; the status tells of it, and an engine that fails keeps what it had. */
export function applyPendingChanges(state: RdsState, instance: StoredInstance): void {
  const values = instance.pending;
  if (Object.keys(values).length === 0) return;
  instance.modifying = true;
  void apply(state, instance, values);
}

async function apply(
  state: RdsState,
  instance: StoredInstance,
  values: PendingModifiedValues,
): Promise<void> {
  const change = engineChange(values);
  try {
    announce(state, instance, 'Applying', values);
    if (Object.keys(change).length > 0) await state.ports.engine.modify(instance.identifier, change);
    announce(state, instance, 'Finished', values);
    announceBackups(state, instance, values.BackupRetentionPeriod);
    const { BackupRetentionPeriod: daysBefore = 0 } = instance.settings;
    instance.settings = { ...instance.settings, ...values };
    changeRetention(state, instance, daysBefore);
    if (values.EngineVersion !== undefined) instance.upgradeOptedIn = false;
  } catch (error) {
    log('%s is not modified: %O', instance.identifier, error);
  }
  instance.pending = {};
  instance.modifying = false;
  state.context.changed();
}

function engineChange({ MultiAZ, DBInstanceClass, EngineVersion }: PendingModifiedValues): EngineChange {
  return {
    ...(MultiAZ === undefined ? {} : { multiAz: MultiAZ }),
    ...(DBInstanceClass === undefined ? {} : { instanceClass: DBInstanceClass }),
    ...(EngineVersion === undefined ? {} : { engineVersion: EngineVersion }),
  };
}

/** RDS-EVENT-0018 and 0017; the engine tells of what it does itself. */
function announce(
  { events }: RdsState,
  { identifier }: StoredInstance,
  step: 'Applying' | 'Finished',
  { AllocatedStorage }: PendingModifiedValues,
): void {
  if (AllocatedStorage === undefined) return;
  const message =
    step === 'Applying'
      ? 'Applying modification to allocated storage'
      : 'Finished applying modification to allocated storage';
  events.add({ identifier, sourceType: 'db-instance', message, categories: ['configuration change'] });
}

/** RDS-EVENT-0032 and 0028. */
function announceBackups({ events }: RdsState, instance: StoredInstance, days: number | undefined): void {
  const before = instance.settings.BackupRetentionPeriod ?? 0;
  if (days === undefined || days > 0 === before > 0) return;
  events.add({
    identifier: instance.identifier,
    sourceType: 'db-instance',
    message: days > 0 ? 'Enabled automated backups' : 'Disabled automated backups',
    categories: ['configuration change'],
  });
}

const log = debuglog('stormproof:rds-api');
