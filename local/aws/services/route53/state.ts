import type { HealthCheck, HealthCheckRegion } from '@aws-sdk/client-route-53';
import type { ServiceContext } from '../../service.ts';
import { AwsError } from '../../service.ts';
import type { ChangeLog } from './changes.ts';
import type { StoredZone } from './hosted-zone.ts';

export interface Route53State {
  readonly context: ServiceContext;
  readonly zones: Map<string, StoredZone>;
  /** Deleted, but the name servers do not know yet. */
  readonly deleted: Set<StoredZone>;
  readonly changes: ChangeLog;
  readonly healthChecks: Map<string, HealthCheck>;
  /** Of every health check that was ever made: what was asked for, by its caller reference. */
  readonly callerReferences: Map<string, { readonly id: string; readonly asked: string }>;
  /** What Route 53's checkers saw last. */
  observations(healthCheckId: string): readonly HealthObservation[];
}

/** What one checker says of a health check. */
export interface HealthObservation {
  readonly region: HealthCheckRegion;
  readonly address: string;
  /** As `StatusReport.Status` words it. */
  readonly status: string;
  readonly at: Date;
}

/** Ids come with and without their prefix. */
export function findZone({ zones }: Route53State, id: string | undefined): StoredZone {
  const bare = (id ?? '').replace(/^\/?hostedzone\//, '');
  const zone = zones.get(bare);
  if (!zone) throw new AwsError('NoSuchHostedZone', `No hosted zone found with ID: ${bare}`);
  return zone;
}

/** Serves the zone's records of now once they have propagated; an older change never overtakes a newer one. */
export function submitChange({ changes }: Route53State, zone: StoredZone, comment?: string) {
  const { records } = zone;
  return changes.submit(comment, (sequence) => {
    if ((zone.served?.sequence ?? -1) < sequence) zone.served = { records, sequence };
  });
}
