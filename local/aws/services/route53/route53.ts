import * as sdk from '@aws-sdk/client-route-53';
import type { AwsService, ServiceContext } from '../../service.ts';
import { createChangeLog } from './changes.ts';
import type { StoredZone } from './hosted-zone.ts';
import { recordHandlers } from './record-handlers.ts';
import { compareRecords } from './record-sets.ts';
import { tagHandlers } from './tag-handlers.ts';
import { zoneHandlers } from './zone-handlers.ts';

/** What the name servers serve: the zones and records whose changes are INSYNC. */
export interface Route53Snapshot {
  readonly zones: readonly HostedZoneSnapshot[];
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

export function createRoute53Service(context: ServiceContext): Route53Service {
  const zones = new Map<string, StoredZone>();
  const deleted = new Set<StoredZone>();
  const state = { context, zones, deleted, changes: createChangeLog(context) };
  return {
    sdk,
    client: sdk.Route53Client,
    handlers: { ...zoneHandlers(state), ...recordHandlers(state), ...tagHandlers(state) },
    snapshot: () => ({ zones: [...zones.values(), ...deleted].flatMap(served) }),
  };
}

function served(zone: StoredZone): HostedZoneSnapshot[] {
  if (!zone.served) return [];
  const { id, name, nameServers } = zone;
  return [{ id, name, nameServers, records: [...zone.served.records.values()].sort(compareRecords) }];
}
