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
      return reply('NOERROR', [...answers, wrongAddress(zones, at, instead.address)]);
    const cut = delegationOf(zone, at);
    if (cut) return seen.size === 0 ? referral(cut) : reply('NOERROR', answers);
    const node = findNode(zone, at);
    if (!node) return reply('NXDOMAIN', answers, [soaOf(zone)]);
    const cname = type === 'CNAME' || type === 'ANY' ? undefined : node.get('CNAME');
    if (!cname?.target) return ofNode({ zones, zone, node, owner: at, type, answers });
    answers.push(...recordsOf(at, cname));
    seen.add(at);
    if (seen.has(cname.target)) return reply('NOERROR', answers);
    at = cname.target;
  }
}

const refused: Reply = { rcode: 'REFUSED', authoritative: false, answers: [], authorities: [] };
const servfail: Reply = { ...refused, rcode: 'SERVFAIL' };

/** It lives as long as the true answer would. */
function wrongAddress(zones: ZoneIndex, owner: string, address: string): AnsweredRecord {
  const { ttl } = targetRecords(zones, owner, 'A');
  return { owner, type: 'A', ttl, rdata: encodeRdata('A', address) };
}

function reply(
  rcode: 'NOERROR' | 'NXDOMAIN',
  answers: readonly AnsweredRecord[],
  authorities: readonly AnsweredRecord[] = [],
): Reply {
  return { rcode, authoritative: true, answers, authorities };
}

interface NodeQuestion {
  readonly zones: ZoneIndex;
  readonly zone: IndexedZone;
  readonly node: RecordNode;
  readonly owner: string;
  readonly type: string;
  /** The CNAMEs on the way here. */
  readonly answers: readonly AnsweredRecord[];
}

function ofNode({ zones, zone, node, owner, type, answers }: NodeQuestion): Reply {
  const sets = type === 'ANY' ? [...node.values()] : [node.get(type)].filter((set) => set !== undefined);
  const found = sets.flatMap((set) => recordsOf(owner, set.alias ? withoutAlias(zones, zone, set) : set));
  return found.length > 0
    ? reply('NOERROR', [...answers, ...found])
    : reply('NOERROR', answers, [soaOf(zone)]);
}

/** An alias in its own zone has the TTL of its target's records; any other has 60 seconds. */
function withoutAlias(zones: ZoneIndex, zone: IndexedZone, { type, target = '' }: IndexedSet): IndexedSet {
  const { rdata, ttl } = targetRecords(zones, target, type);
  const own = zoneOf(zones, target) === zone;
  return { type, rdata, ttl: own ? ttl : aliasTtl, alias: false };
}

function targetRecords(zones: ZoneIndex, name: string, type: string): { rdata: Buffer[]; ttl: number } {
  const seen = new Set<string>();
  let at = name;
  while (!seen.has(at)) {
    seen.add(at);
    const zone = zoneOf(zones, at);
    const node = zone && findNode(zone, at);
    const set = node?.get(type) ?? node?.get('CNAME');
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
    const set = zone.nodes.get(at)?.get('NS');
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
