import type { HostedZone, ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { Random } from '../../../base/random.ts';
import type { RecordSets } from './record-sets.ts';
import { recordKey } from './record-sets.ts';

/** A zone as asked for, and as its name servers answer. */
export interface StoredZone {
  readonly id: string;
  readonly name: string;
  readonly callerReference: string;
  readonly nameServers: readonly string[];
  comment: string | undefined;
  records: RecordSets;
  /** The records of the last change that is INSYNC; undefined before the first. */
  served: { readonly records: RecordSets; readonly sequence: number } | undefined;
}

export function newZone(options: {
  name: string;
  callerReference: string;
  comment: string | undefined;
  random: Random;
}): StoredZone {
  const { name, callerReference, comment, random } = options;
  const nameServers = delegationSet(random);
  const records = apexRecords(name, nameServers);
  return {
    id: `Z${random.text(20).toUpperCase()}`,
    name,
    callerReference,
    nameServers,
    comment,
    records: new Map(records.map((record) => [recordKey(record), record])),
    served: undefined,
  };
}

export function describeZone(zone: StoredZone): HostedZone {
  return {
    Id: `/hostedzone/${zone.id}`,
    Name: zone.name,
    CallerReference: zone.callerReference,
    Config: { Comment: zone.comment, PrivateZone: false },
    ResourceRecordSetCount: zone.records.size,
  };
}

/** One server in each of four top-level domains, numbered as Route 53 numbers them. */
function delegationSet(random: Random): string[] {
  return ['com', 'net', 'org', 'co.uk'].map((domain, index) => {
    const number = index * 512 + random.below(512);
    return `ns-${number}.awsdns-${String(Math.floor((number % 512) / 8)).padStart(2, '0')}.${domain}`;
  });
}

/** TTLs and SOA values: Route 53 developer guide, "NS and SOA records that Route 53 creates". */
function apexRecords(name: string, nameServers: readonly string[]): ResourceRecordSet[] {
  const soa = `${nameServers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`;
  return [
    {
      Name: name,
      Type: 'NS',
      TTL: 172_800,
      ResourceRecords: nameServers.map((server) => ({ Value: `${server}.` })),
    },
    { Name: name, Type: 'SOA', TTL: 900, ResourceRecords: [{ Value: soa }] },
  ];
}
