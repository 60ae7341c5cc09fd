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
  /** Absent: it is the only one of its name and type. */
  readonly routing?: Routing;
  readonly healthCheckId?: string;
  /** An alias that is as healthy as what it leads to. */
  readonly evaluatesTarget?: boolean;
}

/** How one of several sets of a name and type is chosen. */
export type Routing =
  | { readonly policy: 'weighted'; readonly weight: number }
  | { readonly policy: 'failover'; readonly role: 'primary' | 'secondary' };

/** By type: one set, or those of a routing policy. */
export type RecordNode = ReadonlyMap<string, readonly IndexedSet[]>;

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
  const nodes: Nodes = new Map();
  for (const set of [...apexSets(zone), ...zone.recordSets]) addSet(nodes, name, set);
  const [soa] = nodes.get(name)?.get('SOA') ?? [];
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

type Nodes = Map<string, Map<string, IndexedSet[]>>;

function addSet(nodes: Nodes, zone: string, set: ResourceRecordSet): void {
  const name = canonicalName(set.Name ?? '');
  if (name !== zone && !name.endsWith(`.${zone}`) && zone !== '')
    throw new RangeError(`Cannot serve record "${set.Name}": it is not in zone "${zone}"`);
  const type = set.Type ?? '';
  const node = nodeAt(nodes, name);
  const indexed = indexSet(type, set);
  node.set(type, indexed.routing ? [...(node.get(type) ?? []), indexed] : [indexed]);
  for (let at = parentName(name); at?.endsWith(zone) && at !== zone; at = parentName(at)) nodeAt(nodes, at);
}

function nodeAt(nodes: Nodes, name: string): Map<string, IndexedSet[]> {
  const known = nodes.get(name);
  if (known) return known;
  const node = new Map<string, IndexedSet[]>();
  nodes.set(name, node);
  return node;
}

function indexSet(type: string, set: ResourceRecordSet): IndexedSet {
  const { AliasTarget, TTL = 300, ResourceRecords = [], HealthCheckId: healthCheckId } = set;
  const chosenBy = { routing: routingOf(set), healthCheckId };
  if (AliasTarget) {
    const target = canonicalName(AliasTarget.DNSName ?? '');
    const { EvaluateTargetHealth: evaluatesTarget } = AliasTarget;
    return { type, ttl: aliasTtl, rdata: [], target, alias: true, evaluatesTarget, ...chosenBy };
  }
  const values = ResourceRecords.map(({ Value = '' }) => Value);
  const rdata = values.map((value) => encodeRdata(type, value));
  const target = type === 'CNAME' ? canonicalName(values[0] ?? '') : undefined;
  return { type, ttl: TTL, rdata, target, alias: false, ...chosenBy };
}

function routingOf({ Name, SetIdentifier, Weight, Failover }: ResourceRecordSet): Routing | undefined {
  if (SetIdentifier === undefined) return undefined;
  if (Weight !== undefined) return { policy: 'weighted', weight: Number(Weight) };
  if (Failover) return { policy: 'failover', role: Failover === 'PRIMARY' ? 'primary' : 'secondary' };
  throw new RangeError(
    `Cannot serve record "${Name}": expected weighted or failover routing, other policies are not emulated`,
  );
}

/** Route 53 developer guide, "Choosing between alias and non-alias records": what CloudFront and ELB aliases have. */
export const aliasTtl = 60;
