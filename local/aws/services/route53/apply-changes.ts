import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { ZoneIdentity } from './alias-target.ts';
import { aliasProblem } from './alias-target.ts';
import { isWithin } from './domain-name.ts';
import type { RecordSets } from './record-sets.ts';
import { normalizeRecord, recordKey, sameValues } from './record-sets.ts';
import { recordValueProblem } from './record-values.ts';

export type ChangeOutcome = { readonly records: RecordSets } | { readonly problems: readonly string[] };

/** All of a batch or nothing of it: the new records, or every reason why not, in Route 53's words. */
export function applyChanges(
  zone: ZoneIdentity,
  current: RecordSets,
  changes: readonly Change[],
): ChangeOutcome {
  const records = new Map(current);
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { Action, ResourceRecordSet: given } of changes) {
    const record = normalizeRecord(given as ResourceRecordSet);
    const key = recordKey(record);
    if (seen.has(`${Action} ${key}`))
      problems.push(
        `The request contains an invalid set of changes for a resource record set '${record.Type} ${record.Name}'`,
      );
    seen.add(`${Action} ${key}`);
    if (Action === 'DELETE') problems.push(...removeRecord(zone, records, record));
    else problems.push(...writeRecord(zone, records, record, Action === 'UPSERT'));
  }
  return problems.length > 0 ? { problems } : { records };
}

function removeRecord(
  zone: ZoneIdentity,
  records: Map<string, ResourceRecordSet>,
  record: ResourceRecordSet,
): string[] {
  const existing = records.get(recordKey(record));
  const tried = `Tried to delete resource record set ${describe(record)} but`;
  if (!existing) return [`${tried} it was not found`];
  if (!sameValues(existing, record)) return [`${tried} the values provided do not match the current values`];
  if (record.Name === zone.name && record.Type === 'SOA')
    return ['A HostedZone must contain exactly one SOA record.'];
  if (record.Name === zone.name && record.Type === 'NS')
    return ['A HostedZone must contain at least one NS record for the zone itself.'];
  records.delete(recordKey(record));
  return [];
}

function writeRecord(
  zone: ZoneIdentity,
  records: Map<string, ResourceRecordSet>,
  record: ResourceRecordSet,
  replaces: boolean,
): string[] {
  const key = recordKey(record);
  if (!replaces && records.has(key))
    return [`Tried to create resource record set ${describe(record)} but it already exists`];
  const problems = [placeProblem(zone, record), conflictProblem(zone, records, record)];
  if (record.AliasTarget) problems.push(aliasProblem(record, zone, records));
  for (const { Value = '' } of record.ResourceRecords ?? [])
    problems.push(record.Type && recordValueProblem(record.Type, Value));
  problems.push(...duplicates(record).map((value) => `Duplicate Resource Record: '${value}'`));
  records.set(key, record);
  return problems.filter((problem): problem is string => Boolean(problem));
}

function placeProblem(zone: ZoneIdentity, { Name = '', Type }: ResourceRecordSet): string | undefined {
  if (!isWithin(Name, zone.name)) return `RRSet with DNS name ${Name} is not permitted in zone ${zone.name}`;
  if (Name === zone.name && Type === 'CNAME')
    return `RRSet of type CNAME with DNS name ${Name} is not permitted at apex in zone ${zone.name}`;
  return undefined;
}

function conflictProblem(
  zone: ZoneIdentity,
  records: RecordSets,
  { Name, Type, SetIdentifier }: ResourceRecordSet,
): string | undefined {
  const others = [...records.values()].filter((other) => other.Name === Name);
  const where = `RRSet of type ${Type} with DNS name ${Name} is not permitted`;
  if (Type === 'CNAME' && others.some((other) => other.Type !== 'CNAME'))
    return `${where} as it conflicts with other records with the same DNS name in zone ${zone.name}`;
  if (Type !== 'CNAME' && others.some((other) => other.Type === 'CNAME'))
    return `${where} because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${zone.name}`;
  const mixed = others.some((other) => other.Type === Type && !other.SetIdentifier !== !SetIdentifier);
  return mixed
    ? `${where} because a non-simple RRSet and a simple RRSet with the same name and type cannot both exist in zone ${zone.name}`
    : undefined;
}

function describe({ Name, Type, SetIdentifier }: ResourceRecordSet): string {
  const set = SetIdentifier ? `, set-identifier='${SetIdentifier}'` : '';
  return `[name='${Name}', type='${Type}'${set}]`;
}

function duplicates({ ResourceRecords = [] }: ResourceRecordSet): string[] {
  const values = ResourceRecords.map(({ Value = '' }) => Value);
  return values.filter((value, index) => values.indexOf(value) !== index);
}
