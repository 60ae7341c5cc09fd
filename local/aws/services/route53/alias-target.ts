import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { isWithin } from './domain-name.ts';
import type { RecordSets } from './record-sets.ts';

/** CloudFront's hosted zone, the same for every distribution (reference §1). */
export const cloudFrontZoneId = 'Z2FDTNDATAQYW2';

/** The zones of AWS's own names that an alias may point at (AWS General Reference, endpoints, us-east-1). */
const serviceZones: Readonly<Record<string, string>> = {
  [cloudFrontZoneId]: 'cloudfront.net.',
  Z35SXDOTRQ7X7K: 'us-east-1.elb.amazonaws.com.',
  Z3AQBSTGFJSTF: 's3-website-us-east-1.amazonaws.com.',
};

export interface ZoneIdentity {
  readonly id: string;
  readonly name: string;
}

export function aliasProblem(
  record: ResourceRecordSet,
  zone: ZoneIdentity,
  records: RecordSets,
): string | undefined {
  const { HostedZoneId: zoneId = '', DNSName: name = '', EvaluateTargetHealth } = record.AliasTarget ?? {};
  const tried = `Tried to create an alias that targets ${name}, type ${record.Type} in zone ${zoneId}, but`;
  const zoneName = zoneId === zone.id ? zone.name : serviceZones[zoneId];
  if (!zoneName) return `${tried} the target zone was not found`;
  if (!isWithin(name, zoneName)) return `${tried} the alias target name does not lie within the target zone`;
  if (zoneId === zone.id && !hasTarget(records, name, record.Type))
    return `${tried} that target was not found`;
  // Route 53 API reference, AliasTarget: it cannot be true when the target is a distribution.
  if (zoneId === cloudFrontZoneId && EvaluateTargetHealth)
    return `EvaluateTargetHealth cannot be set to true for an alias that targets ${name} in zone ${zoneId}`;
  return undefined;
}

function hasTarget(records: RecordSets, name: string, type: string | undefined): boolean {
  return [...records.values()].some((record) => record.Name === name && record.Type === type);
}
