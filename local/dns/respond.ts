import { type AnsweredRecord, answerQuestion, type Reply, type ZoneView } from './answer.ts';
import { writeName } from './domain-name.ts';
import type { DnsQuery } from './query.ts';

export interface RespondOptions {
  readonly transport: 'udp' | 'tcp';
  /** Turns the order of address records, as Route 53 does, so that clients spread. */
  readonly rotation: number;
}

/** The reply's bytes. */
export function respond(view: ZoneView, query: DnsQuery, options: RespondOptions): Buffer {
  const { reply, extendedRcode } = decide(view, query);
  const limit = options.transport === 'tcp' ? 0xffff : udpLimit(query);
  const records = [...rotated(reply.answers, options.rotation), ...reply.authorities];
  const body = records.map((record) => writeRecord(record, query));
  const size = body.reduce((sum, bytes) => sum + bytes.length, headerAndQuestionBytes(query));
  const fits = size <= limit;
  const shown = fits ? reply : { ...reply, answers: [], authorities: [] };
  return Buffer.concat([
    header(query, shown, !fits),
    query.question?.bytes ?? Buffer.alloc(0),
    ...(fits ? body : []),
    ...(query.edns ? [optRecord(extendedRcode)] : []),
  ]);
}

const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
const optBytes = 11;
/** What the server itself takes and sends at most over UDP. */
const ownPayloadSize = 4096;

type Decided = Omit<Reply, 'rcode'> & { readonly rcode: keyof typeof rcodes };

function decide(view: ZoneView, query: DnsQuery): { reply: Decided; extendedRcode: number } {
  const { question, error, edns } = query;
  if (error || !question) return { reply: empty(error ?? 'FORMERR'), extendedRcode: 0 };
  // RFC 6891 §6.1.3, BADVERS = 16: the upper bits of the code are in the OPT record.
  if (edns && edns.version > 0) return { reply: empty('NOERROR'), extendedRcode: 1 };
  if (question.class !== 'IN' || zoneTransfers.has(question.type))
    return { reply: empty('REFUSED'), extendedRcode: 0 };
  return { reply: answerQuestion(view, question.name, question.type), extendedRcode: 0 };
}

const zoneTransfers: ReadonlySet<string> = new Set(['AXFR', 'IXFR']);

function empty(rcode: keyof typeof rcodes): Decided {
  return { rcode, authoritative: false, answers: [], authorities: [] };
}

function udpLimit({ edns }: DnsQuery): number {
  return edns ? Math.min(ownPayloadSize, Math.max(512, edns.payloadSize)) : 512;
}

function headerAndQuestionBytes({ question, edns }: DnsQuery): number {
  return 12 + (question?.bytes.length ?? 0) + (edns ? optBytes : 0);
}

function header(query: DnsQuery, reply: Decided, truncated: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  const flags = 0x8000 | query.flags | (reply.authoritative ? 0x0400 : 0) | (truncated ? 0x0200 : 0);
  bytes.writeUInt16BE(query.id, 0);
  bytes.writeUInt16BE(flags | rcodes[reply.rcode], 2);
  bytes.writeUInt16BE(query.question ? 1 : 0, 4);
  bytes.writeUInt16BE(reply.answers.length, 6);
  bytes.writeUInt16BE(reply.authorities.length, 8);
  bytes.writeUInt16BE(query.edns ? 1 : 0, 10);
  return bytes;
}

/** Type numbers: IANA, "Resource Record (RR) TYPEs". */
const typeNumbers: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  SPF: 99,
  CAA: 257,
};

function writeRecord({ owner, type, ttl, rdata }: AnsweredRecord, { question }: DnsQuery): Buffer {
  // A pointer to the question (RFC 1035 §4.1.4) saves room and keeps the client's spelling of the name.
  const name = owner === question?.name ? Buffer.of(0xc0, 12) : writeName(owner);
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16BE(typeNumbers[type] ?? 0, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  return Buffer.concat([name, fixed, rdata]);
}

function optRecord(extendedRcode: number): Buffer {
  const bytes = Buffer.alloc(optBytes);
  bytes.writeUInt16BE(41, 1);
  bytes.writeUInt16BE(ownPayloadSize, 3);
  bytes.writeUInt8(extendedRcode, 5);
  return bytes;
}

/** Only addresses turn: the CNAMEs before them have an order. */
function rotated(answers: readonly AnsweredRecord[], rotation: number): readonly AnsweredRecord[] {
  const first = answers.findIndex(({ type }) => type === 'A' || type === 'AAAA');
  if (first < 0) return answers;
  const addresses = answers.slice(first);
  const turn = rotation % addresses.length;
  return [...answers.slice(0, first), ...addresses.slice(turn), ...addresses.slice(0, turn)];
}
