import type { DBInstance, DBParameterGroup, DBSubnetGroup, PendingModifiedValues } from '@aws-sdk/client-rds';
import type { ServiceContext } from '../../service.ts';
import { AwsError } from '../../service.ts';
import type { TagStore } from '../tag-store.ts';
import type { StoredCluster } from './clusters/state.ts';
import { clusterOfMember } from './clusters/state.ts';
import type { EngineInstance } from './engine.ts';
import type { EventLog } from './events.ts';
import type { RdsPorts } from './ports.ts';

export interface RdsState {
  readonly context: ServiceContext;
  readonly ports: RdsPorts;
  /** One an account and Region, as in AWS. */
  readonly endpointSuffix: string;
  readonly instances: Map<string, StoredInstance>;
  readonly snapshots: Map<string, StoredSnapshot>;
  readonly clusters: Map<string, StoredCluster>;
  readonly subnetGroups: Map<string, DBSubnetGroup>;
  readonly parameterGroups: Map<string, StoredParameterGroup>;
  readonly tags: TagStore;
  readonly events: EventLog;
}

export interface StoredInstance {
  readonly identifier: string;
  readonly endpointName: string;
  readonly subnetGroup: string;
  /** What was asked for, in the shape that DescribeDBInstances gives. */
  settings: DBInstance;
  parameterGroup: string;
  /** What the engine was given of it; another group, and changes that wait, are given with the next reboot. */
  parameters: Map<string, string>;
  /** The group changed and the engine was not told yet. */
  parametersStale: boolean;
  parametersApplying: boolean;
  pendingReboot: boolean;
  passwordChanging: boolean;
  /** What ModifyDBInstance asked for and was not applied yet. */
  pending: PendingModifiedValues;
  /** What was pending is being applied. */
  modifying: boolean;
  /** To the next minor version, in the next maintenance window. */
  upgradeOptedIn: boolean;
  /** Where Secrets Manager has the master's password. */
  secret: { readonly arn: string; readonly kmsKeyId: string } | undefined;
  /** From the start on where the first backup follows the creation. */
  backingUp: boolean;
  deleting: boolean;
  failed: false | 'failed' | 'incompatible-restore';
  /** Undefined until the engine speaks of it. */
  engine: EngineInstance | undefined;
  firstAvailableAt: Date | undefined;
}

export interface StoredSnapshot {
  readonly identifier: string;
  readonly type: 'manual' | 'automated';
  /** The engine's name of it. */
  readonly backup: string;
  /** The instance as it was. */
  readonly source: DBInstance;
  status: 'creating' | 'available' | 'failed';
  readonly createdAt: Date;
}

export interface StoredParameterGroup {
  readonly group: DBParameterGroup;
  /** Only what a user set. */
  readonly values: Map<string, string>;
}

export function arnOf(
  { context }: RdsState,
  kind: 'db' | 'cluster' | 'subgrp' | 'pg' | 'snapshot' | 'auto-backup',
  name: string,
): string {
  return `arn:aws:rds:${context.region}:${context.accountId}:${kind}:${name}`;
}

/** One that can be acted on: members of a cluster are its own. */
export function findInstance(state: RdsState, identifier = ''): StoredInstance {
  const instance = state.instances.get(identifier.toLowerCase());
  const cluster = clusterOfMember(state, identifier);
  if (cluster)
    throw new AwsError(
      'InvalidDBInstanceState',
      `DB instance ${identifier} is a member of the Multi-AZ DB cluster ${cluster.identifier}.`,
    );
  if (!instance) throw new AwsError('DBInstanceNotFound', `DBInstance ${identifier} not found.`);
  return instance;
}

export function statusOf(instance: StoredInstance): string {
  const { engine, deleting, failed, parametersApplying, passwordChanging, modifying, backingUp } = instance;
  if (deleting) return 'deleting';
  if (failed) return failed;
  const status = engine?.status ?? 'creating';
  if (status === 'available' && passwordChanging) return 'resetting-master-credentials';
  if (status === 'available' && backingUp) return 'backing-up';
  return status === 'available' && (parametersApplying || modifying) ? 'modifying' : status;
}
