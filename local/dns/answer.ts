import { chooseSet } from './choose-set.ts';
import { parentName } from './domain-name.ts';
import { encodeRdata } from './rdata.ts';
import {
  aliasTtl,
  type IndexedSet,
  type IndexedZone,
  type RecordNode,
  type ZoneIndex,
  zoneOf,
} from './zone-index.ts';

export interface AnsweredRecord {
  readonly owner: string;
  readonly type: string;
  readonly ttl: number;
  readonly rdata: Buffer;
}

export interface Reply {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED' | 'SERVFAIL';
  readonly authoritative: boolean;
  readonly answers: readonly AnsweredRecord[];
  readonly authorities: readonly AnsweredRecord[];
}

/** What a server knows of a name: its zones, unless something is broken there. */
export interface ZoneView {
  zonesFor(name: string): ZoneIndex;
  /** What it says of the name in place of its zones' word. */
  insteadOf(
    name: string,
  ):
    | { readonly kind: 'servfail' | 'nxdomain' }
    | { readonly kind: 'wrong-answer'; readonly address: string }
    | undefined;
  /** What its health check says; one that nobody knows is healthy. */
  healthy(healthCheckId: string): boolean;
  /** In [0, 1): which of the weighted sets it is. */
  draw(): number;
}

/** What an authoritative server of these zones says (RFC 1034 §4.3.2); aliases become their targets' records. */
export function answerQuestion(view: ZoneView, name: string, type: string): Reply {
  const answers: AnsweredRecord[] = [];
  const seen = new Set<string>();
  let at = name;
  for (;;) {
    const instead = view.insteadOf(at);
    if (instead?.kind === 'servfail') return servfail;
    const zones = view.zonesFor(at);
    const zone = zoneOf(zones, at);
    if (!zone) return seen.size === 0 ? refused : reply('NOERROR', answers);
    if (instead?.kind === 'nxdomain') return reply('NXDOMAIN', answers, [soaOf(zone)]);
    if (instead?.kind === 'wrong-answer' && type === 'A')
      return reply('NOERROR', [...answers, wrongAddress({ zones, choose: first }, at, instead.address)]);
    const cut = delegationOf(zone, at);
    if (cut) return seen.size === 0 ? referral(cut) : reply('NOERROR', answers);
    const node = findNode(zone, at);
    if (!node) return reply('NXDOMAIN', answers, [soaOf(zone)]);
    const choose = chooserOf(view, zones);
    const cname = type === 'CNAME' || type === 'ANY' ? undefined : choose(node.get('CNAME'));
    if (!cname?.target) return ofNode({ zones, zone, node, owner: at, type, answers, choose });
    answers.push(...recordsOf(at, cname));
    seen.add(at);
    if (seen.has(cname.target)) return reply('NOERROR', answers);
    at = cname.target;
  }
}

const refused: Reply = { rcode: 'REFUSED', authoritative: false, answers: [], authorities: [] };
const servfail: Reply = { ...refused, rcode: 'SERVFAIL' };

/** It lives as long as the true answer would. */
function wrongAddress(among: Among, owner: string, address: string): AnsweredRecord {
  const { ttl } = targetRecords(among, owner, 'A');
  return { owner, type: 'A', ttl, rdata: encodeRdata('A', address) };
}

function reply(
  rcode: 'NOERROR' | 'NXDOMAIN',
  answers: readonly AnsweredRecord[],
  authorities: readonly AnsweredRecord[] = [],
): Reply {
  return { rcode, authoritative: true, answers, authorities };
}

type Chooser = (sets: readonly IndexedSet[] | undefined) => IndexedSet | undefined;

interface Among {
  readonly zones: ZoneIndex;
  readonly choose: Chooser;
}

const first: Chooser = (sets) => sets?.[0];

function chooserOf(view: ZoneView, zones: ZoneIndex): Chooser {
  const healthy = (set: IndexedSet, asked: ReadonlySet<string>): boolean => {
    if (set.healthCheckId !== undefined && !view.healthy(set.healthCheckId)) return false;
    if (!set.evaluatesTarget || set.target === undefined || asked.has(set.target)) return true;
    // Healthy as long as one of those that it leads to is.
    const zone = zoneOf(zones, set.target);
    const targets = (zone && findNode(zone, set.target)?.get(set.type)) ?? [];
    const also = new Set([...asked, set.target]);
    return targets.length === 0 || targets.some((target) => healthy(target, also));
  };
  return (sets) =>
    sets && chooseSet(sets, { healthy: (set) => healthy(set, new Set()), draw: () => view.draw() });
}

interface NodeQuestion extends Among {
  readonly zone: IndexedZone;
  readonly node: RecordNode;
  readonly owner: string;
  readonly type: string;
  /** The CNAMEs on the way here. */
  readonly answers: readonly AnsweredRecord[];
}

function ofNode({ zone, node, owner, type, answers, ...among }: NodeQuestion): Reply {
  const asked = type === 'ANY' ? [...node.values()] : [node.get(type)];
  const sets = asked.map(among.choose).filter((set) => set !== undefined);
  const found = sets.flatMap((set) => recordsOf(owner, set.alias ? withoutAlias(among, zone, set) : set));
  return found.length > 0
    ? reply('NOERROR', [...answers, ...found])
    : reply('NOERROR', answers, [soaOf(zone)]);
}

/** An alias in its own zone has the TTL of its target's records; any other has 60 seconds. */
function withoutAlias(among: Among, zone: IndexedZone, { type, target = '' }: IndexedSet): IndexedSet {
  const { rdata, ttl } = targetRecords(among, target, type);
  const own = zoneOf(among.zones, target) === zone;
  return { type, rdata, ttl: own ? ttl : aliasTtl, alias: false };
}

function targetRecords(
  { zones, choose }: Among,
  name: string,
  type: string,
): { rdata: Buffer[]; ttl: number } {
  const seen = new Set<string>();
  let at = name;
  while (!seen.has(at)) {
    seen.add(at);
    const zone = zoneOf(zones, at);
    const node = zone && findNode(zone, at);
    const set = choose(node?.get(type) ?? node?.get('CNAME'));
    if (!set) break;
    if (set.target === undefined || (set.type === 'CNAME' && type === 'CNAME'))
      return { rdata: [...set.rdata], ttl: set.ttl };
    at = set.target;
  }
  return { rdata: [], ttl: aliasTtl };
}

/** The node of a name, else of the wildcard at its closest encloser (RFC 4592 §3.3.1). */
function findNode(zone: IndexedZone, name: string): RecordNode | undefined {
  const exact = zone.nodes.get(name);
  if (exact) return exact;
  for (let at = parentName(name); at !== undefined; at = parentName(at)) {
    if (zone.nodes.has(at) || at === zone.name) return zone.nodes.get(at === '' ? '*' : `*.${at}`);
  }
  return undefined;
}

/** The name servers of a zone cut at or above the name and below the apex. */
function delegationOf(zone: IndexedZone, name: string): readonly AnsweredRecord[] | undefined {
  for (let at: string | undefined = name; at !== undefined && at !== zone.name; at = parentName(at)) {
    const [set] = zone.nodes.get(at)?.get('NS') ?? [];
    if (set) return recordsOf(at, set);
  }
  return undefined;
}

function referral(authorities: readonly AnsweredRecord[]): Reply {
  return { rcode: 'NOERROR', authoritative: false, answers: [], authorities };
}

function recordsOf(owner: string, { type, ttl, rdata }: IndexedSet): AnsweredRecord[] {
  return rdata.map((data) => ({ owner, type, ttl, rdata: data }));
}

function soaOf(zone: IndexedZone): AnsweredRecord {
  return {
    owner: zone.name,
    type: 'SOA',
    ttl: zone.negativeTtl,
    rdata: zone.soa.rdata[0] ?? Buffer.alloc(2),
  };
}
