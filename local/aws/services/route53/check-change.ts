import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { AwsError } from '../../service.ts';
import { checkDomainName } from './domain-name.ts';
import { isSupportedType } from './record-values.ts';

/** What Route 53 refuses before it looks at the zone: an `InvalidInput`, not an `InvalidChangeBatch`. */
export function checkChange({ Action, ResourceRecordSet: record }: Change): void {
  if (!record) return;
  checkDomainName(record.Name ?? '', 'InvalidInput');
  const described = `Change with [Action=${Action}, Name=${record.Name}, Type=${record.Type}, SetIdentifier=${record.SetIdentifier ?? 'null'}]`;
  const fail = (expected: string) => {
    throw new AwsError('InvalidInput', `Invalid request: Expected ${expected} in ${described}`);
  };
  if (!record.Type || !isSupportedType(record.Type)) fail(`a supported type, but found ${record.Type}`);
  const forms = formsOf(record);
  const exactlyOne =
    'exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]';
  if (forms.length === 0) fail(`${exactlyOne}, but found none`);
  if (forms.length > 1) fail(`${exactlyOne}, but found more than one`);
  const routing = routingFields.filter((field) => record[field] !== undefined);
  if (routing.length > 1) fail(`at most one of [${routingFields.join(', ')}], but found more than one`);
  if (routing.length === 1 && !record.SetIdentifier) fail(`SetIdentifier with ${routing[0]}, but found none`);
  if (routing.length === 0 && record.SetIdentifier)
    fail(`exactly one of [${routingFields.join(', ')}], but found none`);
}

const routingFields = [
  'Weight',
  'Region',
  'Failover',
  'MultiValueAnswer',
  'GeoLocation',
  'CidrRoutingConfig',
  'GeoProximityLocation',
] as const;

function formsOf(record: ResourceRecordSet): string[] {
  const plain = record.TTL !== undefined && (record.ResourceRecords?.length ?? 0) > 0;
  const partial = record.TTL !== undefined || (record.ResourceRecords?.length ?? 0) > 0;
  if (record.AliasTarget) return partial ? ['alias', 'plain'] : ['alias'];
  return plain ? ['plain'] : [];
}
