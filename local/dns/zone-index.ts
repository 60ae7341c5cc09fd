import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { canonicalName, parentName } from './domain-name.ts';
import { encodeRdata } from './rdata.ts';

/** A hosted zone as Route 53 describes it. */
export interface DnsZone {
  readonly name: string;
  /** The SOA record's value, for a zone whose `recordSets` have none. */
  readonly soa: string;
  /** The delegation set, for a zone whose `recordSets` have no NS at the apex. */
  readonly nameServers: readonly string[];
  readonly recordSets: readonly ResourceRecordSet[];
}

export interface IndexedSet {
  readonly type: string;
  readonly ttl: number;
  /** Length and data of each record, ready for the wire. */
  readonly rdata: readonly Buffer[];
  /** The name that an alias or a CNAME leads to. */
  readonly target?: string;
  readonly alias: boolean;
}

export type RecordNode = ReadonlyMap<string, IndexedSet>;

export interface IndexedZone {
  readonly name: string;
  /** Empty non-terminals are nodes without sets: they exist (RFC 8020). */
  readonly nodes: ReadonlyMap<string, RecordNode>;
  readonly soa: IndexedSet;
  /** RFC 2308 §5: the lesser of the SOA's own TTL and its minimum. */
  readonly negativeTtl: number;
}

export type ZoneIndex = ReadonlyMap<string, IndexedZone>;

export function indexZones(zones: readonly DnsZone[]): ZoneIndex {
  return new Map(zones.map(indexZone).map((zone) => [zone.name, zone]));
}

/** The zone that a name is in: the one with the longest name. */
export function zoneOf(zones: ZoneIndex, name: string): IndexedZone | undefined {
  for (let at: string | undefined = name; at !== undefined; at = parentName(at)) {
    const zone = zones.get(at);
    if (zone) return zone;
  }
  return undefined;
}

function indexZone(zone: DnsZone): IndexedZone {
  const name = canonicalName(zone.name);
  const nodes = new Map<string, Map<string, IndexedSet>>();
  for (const set of [...apexSets(zone), ...zone.recordSets]) addSet(nodes, name, set);
  const soa = nodes.get(name)?.get('SOA');
  const minimum = soa?.rdata[0]?.readUInt32BE(soa.rdata[0].length - 4);
  if (!soa || minimum === undefined) throw new RangeError(`Cannot serve zone "${zone.name}": it has no SOA`);
  return { name, nodes, soa, negativeTtl: Math.min(soa.ttl, minimum) };
}

/** TTLs: Route 53 developer guide, "NS and SOA records that Route 53 creates". Later sets replace these. */
function apexSets({ name, soa, nameServers }: DnsZone): ResourceRecordSet[] {
  return [
    { Name: name, Type: 'SOA', TTL: 900, ResourceRecords: [{ Value: soa }] },
    { Name: name, Type: 'NS', TTL: 172_800, ResourceRecords: nameServers.map((Value) => ({ Value })) },
  ];
}

function addSet(nodes: Map<string, Map<string, IndexedSet>>, zone: string, set: ResourceRecordSet): void {
  const name = canonicalName(set.Name ?? '');
  if (name !== zone && !name.endsWith(`.${zone}`) && zone !== '')
    throw new RangeError(`Cannot serve record "${set.Name}": it is not in zone "${zone}"`);
  if (set.SetIdentifier !== undefined)
    throw new RangeError(`Cannot serve record "${set.Name}": routing policies are not emulated`);
  const type = set.Type ?? '';
  nodeAt(nodes, name).set(type, indexSet(type, set));
  for (let at = parentName(name); at?.endsWith(zone) && at !== zone; at = parentName(at)) nodeAt(nodes, at);
}

function nodeAt(nodes: Map<string, Map<string, IndexedSet>>, name: string): Map<string, IndexedSet> {
  const known = nodes.get(name);
  if (known) return known;
  const node = new Map<string, IndexedSet>();
  nodes.set(name, node);
  return node;
}

function indexSet(
  type: string,
  { AliasTarget, TTL = 300, ResourceRecords = [] }: ResourceRecordSet,
): IndexedSet {
  if (AliasTarget) {
    const target = canonicalName(AliasTarget.DNSName ?? '');
    return { type, ttl: aliasTtl, rdata: [], target, alias: true };
  }
  const values = ResourceRecords.map(({ Value = '' }) => Value);
  const rdata = values.map((value) => encodeRdata(type, value));
  const target = type === 'CNAME' ? canonicalName(values[0] ?? '') : undefined;
  return { type, ttl: TTL, rdata, target, alias: false };
}

/** Route 53 developer guide, "Choosing between alias and non-alias records": what CloudFront and ELB aliases have. */
export const aliasTtl = 60;
