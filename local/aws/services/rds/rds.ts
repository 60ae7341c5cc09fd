import * as sdk from '@aws-sdk/client-rds';
import type { AwsService, ServiceContext } from '../../service.ts';
import { createTagStore } from '../tag-store.ts';
import { applyStaleParameters } from './apply-parameters.ts';
import type { EngineCluster } from './clusters/engine.ts';
import { clusterHandlers } from './clusters/handlers.ts';
import type { StoredCluster } from './clusters/state.ts';
import { describeInstance } from './describe-instance.ts';
import type { EngineEvent, EngineInstance } from './engine.ts';
import { engineVersionHandlers } from './engine-versions.ts';
import { eventCategoryHandlers } from './event-categories.ts';
import { createEventLog } from './events.ts';
import { instanceHandlers } from './instance-handlers.ts';
import { maintenanceHandlers, watchMaintenanceWindows } from './maintenance.ts';
import { parameterGroupHandlers } from './parameter-groups.ts';
import type { RdsPorts } from './ports.ts';
import { restoreHandlers } from './restore-instance.ts';
import { snapshotHandlers } from './snapshot-handlers.ts';
import type { RdsState } from './state.ts';
import { stopHandlers } from './stop-instance.ts';
import { subnetGroupHandlers } from './subnet-groups.ts';
import { tagHandlers } from './tag-handlers.ts';

export type { RdsPorts } from './ports.ts';

export interface RdsSnapshot {
  readonly instances: readonly sdk.DBInstance[];
  /** What the DNS serves: endpoint name (no dot at its end) → the servers that it means now, at least one. */
  readonly endpoints: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  /** Which security groups stand before which engine's servers. */
  readonly guarded: readonly {
    readonly identifier: string;
    readonly port: number;
    readonly securityGroupIds: readonly string[];
    readonly iamAuthentication: boolean;
  }[];
}

export interface RdsService extends AwsService {
  snapshot(): RdsSnapshot;
  /** The engine's callbacks. */
  instanceChanged(instance: EngineInstance): void;
  clusterChanged(cluster: EngineCluster): void;
  eventHappened(event: EngineEvent): void;
}

export function createRdsService(context: ServiceContext, ports: RdsPorts): RdsService {
  const state: RdsState = {
    context,
    ports,
    endpointSuffix: `${context.random.text(12)}.${context.region}.rds.amazonaws.com`,
    instances: new Map(),
    snapshots: new Map(),
    clusters: new Map(),
    subnetGroups: new Map(),
    parameterGroups: new Map(),
    tags: createTagStore(),
    events: createEventLog(context),
  };
  watchMaintenanceWindows(state);
  return {
    sdk,
    client: sdk.RDSClient,
    invalidInputCodes: { missing: 'MissingParameter', constraint: 'InvalidParameterValue' },
    handlers: {
      ...instanceHandlers(state),
      ...(ports.clusters && clusterHandlers(state, ports.clusters)),
      ...stopHandlers(state),
      ...maintenanceHandlers(state),
      ...eventCategoryHandlers(),
      ...snapshotHandlers(state),
      ...restoreHandlers(state),
      ...subnetGroupHandlers(state),
      ...parameterGroupHandlers(state),
      ...engineVersionHandlers(),
      ...tagHandlers(state),
      DescribeEvents: (input: sdk.DescribeEventsMessage) => state.events.describe(input),
    },
    snapshot: () => snapshot(state),
    instanceChanged: (instance) => instanceChanged(state, instance),
    clusterChanged: (cluster) => clusterChanged(state, cluster),
    eventHappened: ({ identifier, source, message, categories }) =>
      state.events.add({ identifier, sourceType: source ?? 'db-instance', message, categories }),
  };
}

function instanceChanged(state: RdsState, engine: EngineInstance): void {
  const { context, instances } = state;
  const instance = instances.get(engine.identifier);
  if (!instance) return;
  if (engine.status === 'available' && restarts.includes(instance.engine?.status ?? ''))
    instance.pendingReboot = false;
  // RDS goes on to show where a primary is that is stopped, or on its way elsewhere.
  if (engine.primary) instance.settings = { ...instance.settings, AvailabilityZone: engine.primary.zone };
  if (engine.status === 'available') instance.firstAvailableAt ??= context.clock.now();
  instance.engine = engine;
  applyStaleParameters(state, instance);
  context.changed();
}

/** After these the servers have read all their parameters. */
const restarts: readonly string[] = ['rebooting', 'starting', 'upgrading'];

function clusterChanged({ context, clusters }: RdsState, engine: EngineCluster): void {
  const cluster = clusters.get(engine.identifier);
  if (!cluster) return;
  if (engine.status === 'available') cluster.firstAvailableAt ??= context.clock.now();
  cluster.engine = engine;
  context.changed();
}

function snapshot(state: RdsState): RdsSnapshot {
  const instances = [...state.instances.values()];
  const clusters = [...state.clusters.values()];
  return {
    instances: instances.map((instance) => describeInstance(state, instance)),
    endpoints: [
      ...instances.map(({ endpointName, engine }) => ({
        name: endpointName,
        addresses: present(engine?.endpointAddress),
      })),
      ...clusters.flatMap(endpointsOf),
    ].filter(({ addresses }) => addresses.length > 0),
    guarded: [
      ...instances.map(({ identifier, settings }) => ({
        identifier,
        port: settings.Endpoint?.Port ?? 0,
        securityGroupIds: idsOf(settings.VpcSecurityGroups),
        iamAuthentication: settings.IAMDatabaseAuthenticationEnabled ?? false,
      })),
      ...clusters.map(({ identifier, settings }) => ({
        identifier,
        port: settings.Port ?? 0,
        securityGroupIds: idsOf(settings.VpcSecurityGroups),
        iamAuthentication: false,
      })),
    ],
  };
}

function endpointsOf({ endpointName, readerEndpointName, members, engine }: StoredCluster) {
  const addressOf = (identifier: string) =>
    engine?.members.find((member) => member.identifier === identifier)?.address;
  return [
    { name: endpointName, addresses: present(engine?.endpointAddress) },
    { name: readerEndpointName, addresses: engine?.readerAddresses ?? [] },
    ...members.map((member) => ({
      name: member.endpointName,
      addresses: present(addressOf(member.identifier)),
    })),
  ];
}

function present(address: string | undefined): readonly string[] {
  return address === undefined ? [] : [address];
}

function idsOf(groups: readonly sdk.VpcSecurityGroupMembership[] = []): readonly string[] {
  return groups.map(({ VpcSecurityGroupId = '' }) => VpcSecurityGroupId);
}
