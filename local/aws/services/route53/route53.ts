import * as sdk from '@aws-sdk/client-route-53';
import type { AwsService, ServiceContext } from '../../service.ts';
import { createChangeLog } from './changes.ts';
import { healthCheckHandlers } from './health-check-handlers.ts';
import type { StoredZone } from './hosted-zone.ts';
import { recordHandlers } from './record-handlers.ts';
import { compareRecords } from './record-sets.ts';
import type { Route53State } from './state.ts';
import { tagHandlers } from './tag-handlers.ts';
import { zoneHandlers } from './zone-handlers.ts';

/** What the name servers serve: the zones and records whose changes are INSYNC. */
export interface Route53Snapshot {
  readonly zones: readonly HostedZoneSnapshot[];
  readonly healthChecks: readonly sdk.HealthCheck[];
}

export interface HostedZoneSnapshot {
  readonly id: string;
  /** With the dot at its end. */
  readonly name: string;
  /** Host names without the dot at their end. */
  readonly nameServers: readonly string[];
  readonly records: readonly sdk.ResourceRecordSet[];
}

export interface Route53Service extends AwsService {
  snapshot(): Route53Snapshot;
}

/** What stands behind the service. */
export interface Route53Ports {
  /** What the checkers of a health check saw last. */
  readonly healthObservations: Route53State['observations'];
}

export function createRoute53Service(
  context: ServiceContext,
  { healthObservations }: Route53Ports = { healthObservations: () => [] },
): Route53Service {
  const zones = new Map<string, StoredZone>();
  const deleted = new Set<StoredZone>();
  const state: Route53State = {
    context,
    zones,
    deleted,
    changes: createChangeLog(context),
    healthChecks: new Map(),
    callerReferences: new Map(),
    observations: healthObservations,
  };
  return {
    sdk,
    client: sdk.Route53Client,
    handlers: {
      ...zoneHandlers(state),
      ...recordHandlers(state),
      ...healthCheckHandlers(state),
      ...tagHandlers(state),
    },
    snapshot: () => ({
      zones: [...zones.values(), ...deleted].flatMap(served),
      healthChecks: [...state.healthChecks.values()],
    }),
  };
}

function served(zone: StoredZone): HostedZoneSnapshot[] {
  if (!zone.served) return [];
  const { id, name, nameServers } = zone;
  return [{ id, name, nameServers, records: [...zone.served.records.values()].sort(compareRecords) }];
}
