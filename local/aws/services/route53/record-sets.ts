import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { compareKeys } from '../page.ts';
import { canonicalName, reversedLabels } from './domain-name.ts';

/** A zone's records by identity: name, type and set identifier. */
export type RecordSets = ReadonlyMap<string, ResourceRecordSet>;

/** The record as Route 53 keeps and returns it. */
export function normalizeRecord(record: ResourceRecordSet): ResourceRecordSet {
  const { AliasTarget: alias } = record;
  return {
    ...record,
    Name: canonicalName(record.Name ?? ''),
    AliasTarget: alias && { ...alias, DNSName: canonicalName(alias.DNSName ?? '') },
  };
}

export function recordKey({ Name, Type, SetIdentifier }: ResourceRecordSet): string {
  return `${Name}\0${Type}\0${SetIdentifier ?? ''}`;
}

export function compareRecords(a: ResourceRecordSet, b: ResourceRecordSet): number {
  return compareKeys(recordOrder(a), recordOrder(b));
}

/** Where a record stands in ListResourceRecordSets; `Type` and `SetIdentifier` may be left out of a start. */
export function recordOrder({ Name = '', Type, SetIdentifier }: Partial<ResourceRecordSet>): string {
  return `${reversedLabels(Name)}\0${Type ?? ''}\0${SetIdentifier ?? ''}`;
}

/** DELETE must name the current values; their order says nothing. */
export function sameValues(a: ResourceRecordSet, b: ResourceRecordSet): boolean {
  return JSON.stringify(comparable(a)) === JSON.stringify(comparable(b));
}

function comparable(record: ResourceRecordSet): unknown[] {
  const { AliasTarget: alias } = record;
  return [
    record.TTL === undefined ? undefined : Number(record.TTL),
    (record.ResourceRecords ?? []).map(({ Value }) => Value).sort(),
    alias && [alias.HostedZoneId, alias.DNSName, alias.EvaluateTargetHealth],
    record.Weight === undefined ? undefined : Number(record.Weight),
    record.Region,
    record.Failover,
    record.MultiValueAnswer,
    record.GeoLocation,
  ];
}
