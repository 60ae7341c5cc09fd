import * as sdk from '@aws-sdk/client-rds';
import type { AwsService, ServiceContext } from '../../service.ts';
import { createTagStore } from '../tag-store.ts';
import { applyStaleParameters } from './apply-parameters.ts';
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
  /** What the DNS serves: endpoint name (no dot at its end) → the server that it means now. */
  readonly endpoints: readonly { readonly name: string; readonly address: string }[];
  /** Which security groups stand before which engine's servers. */
  readonly guarded: readonly {
    readonly identifier: string;
    readonly port: number;
    readonly securityGroupIds: readonly string[];
  }[];
}

export interface RdsService extends AwsService {
  snapshot(): RdsSnapshot;
  /** The engine's callbacks. */
  instanceChanged(instance: EngineInstance): void;
  eventHappened(event: EngineEvent): void;
}

export function createRdsService(context: ServiceContext, ports: RdsPorts): RdsService {
  const state: RdsState = {
    context,
    ports,
    endpointSuffix: `${context.random.text(12)}.${context.region}.rds.amazonaws.com`,
    instances: new Map(),
    snapshots: new Map(),
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
    eventHappened: ({ identifier, message, categories }) =>
      state.events.add({ identifier, sourceType: 'db-instance', message, categories }),
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

function snapshot(state: RdsState): RdsSnapshot {
  const instances = [...state.instances.values()];
  return {
    instances: instances.map((instance) => describeInstance(state, instance)),
    endpoints: instances.flatMap(({ endpointName, engine }) =>
      engine?.endpointAddress ? [{ name: endpointName, address: engine.endpointAddress }] : [],
    ),
    guarded: instances.map(({ identifier, settings }) => ({
      identifier,
      port: settings.Endpoint?.Port ?? 0,
      securityGroupIds: (settings.VpcSecurityGroups ?? []).map(
        ({ VpcSecurityGroupId = '' }) => VpcSecurityGroupId,
      ),
    })),
  };
}
