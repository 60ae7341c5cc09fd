import type {
  ChangeResourceRecordSetsRequest,
  ChangeResourceRecordSetsResponse,
  GetChangeRequest,
  GetChangeResponse,
  ListResourceRecordSetsRequest,
  ListResourceRecordSetsResponse,
  ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { AwsError } from '../../service.ts';
import { pageOf } from '../page.ts';
import { applyChanges } from './apply-changes.ts';
import { checkChange } from './check-change.ts';
import { canonicalName } from './domain-name.ts';
import { findHealthCheck } from './health-check-handlers.ts';
import { recordOrder } from './record-sets.ts';
import type { Route53State } from './state.ts';
import { findZone, submitChange } from './state.ts';

export function recordHandlers(state: Route53State) {
  return {
    ChangeResourceRecordSets: (input: ChangeResourceRecordSetsRequest) => changeRecords(state, input),
    ListResourceRecordSets: (input: ListResourceRecordSetsRequest) => listRecords(state, input),
    GetChange: ({ Id = '' }: GetChangeRequest): GetChangeResponse => ({ ChangeInfo: state.changes.get(Id) }),
  };
}

function changeRecords(
  state: Route53State,
  { HostedZoneId, ChangeBatch }: ChangeResourceRecordSetsRequest,
): ChangeResourceRecordSetsResponse {
  const zone = findZone(state, HostedZoneId);
  const changes = ChangeBatch?.Changes ?? [];
  for (const change of changes) {
    checkChange(change);
    const healthCheck = change.ResourceRecordSet?.HealthCheckId;
    if (healthCheck) findHealthCheck(state, healthCheck);
  }
  const outcome = applyChanges(zone, zone.records, changes);
  if ('problems' in outcome) throw invalidBatch(outcome.problems);
  zone.records = outcome.records;
  return { ChangeInfo: submitChange(state, zone, ChangeBatch?.Comment) };
}

function invalidBatch(problems: readonly string[]): AwsError {
  return new AwsError('InvalidChangeBatch', `[${problems.join(', ')}]`, { messages: problems });
}

function listRecords(
  state: Route53State,
  input: ListResourceRecordSetsRequest,
): ListResourceRecordSetsResponse {
  const zone = findZone(state, input.HostedZoneId);
  const limit = Math.min(300, Number(input.MaxItems ?? 300));
  const byOrder = new Map([...zone.records.values()].map((record) => [recordOrder(record), record]));
  const page = pageOf(zone.records.values(), { from: startOf(input), limit, keyOf: recordOrder });
  const next: Partial<ResourceRecordSet> = page.next === undefined ? {} : (byOrder.get(page.next) ?? {});
  return {
    ResourceRecordSets: page.items,
    IsTruncated: page.next !== undefined,
    NextRecordName: next.Name,
    NextRecordType: next.Type,
    NextRecordIdentifier: next.SetIdentifier,
    MaxItems: limit,
  };
}

function startOf(input: ListResourceRecordSetsRequest): string | undefined {
  const { StartRecordName: name, StartRecordType: type, StartRecordIdentifier: identifier } = input;
  if (type && !name) throw new AwsError('InvalidInput', 'StartRecordType requires StartRecordName');
  if (identifier && !type)
    throw new AwsError('InvalidInput', 'StartRecordIdentifier requires StartRecordType');
  return name && recordOrder({ Name: canonicalName(name), Type: type, SetIdentifier: identifier });
}
