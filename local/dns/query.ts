import { decode } from 'dns-packet';
import { readName } from './domain-name.ts';

export interface DnsQuery {
  /** The first four header octets of the reply, less what the reply decides: ID, opcode, RD. */
  readonly id: number;
  readonly flags: number;
  /** Undefined where the query has no readable question. */
  readonly question?: Question;
  /** The client speaks EDNS(0): the largest datagram that it takes. */
  readonly edns?: { readonly payloadSize: number; readonly version: number };
  /** Set where the query is to be refused before anybody looks at its question. */
  readonly error?: 'FORMERR' | 'NOTIMP';
}

export interface Question {
  readonly name: string;
  readonly type: string;
  readonly class: string;
  /** As it came, so that the reply keeps the client's spelling. */
  readonly bytes: Buffer;
}

/** Undefined for what must not be answered at all: a response, or too little to have an ID. */
export function parseQuery(message: Buffer): DnsQuery | undefined {
  if (message.length < headerBytes) return undefined;
  const id = message.readUInt16BE(0);
  const received = message.readUInt16BE(2);
  if (received & responseBit) return undefined;
  const flags = received & (opcodeBits | recursionDesiredBit);
  if (received & opcodeBits) return { id, flags, error: 'NOTIMP' };
  const body = message.readUInt16BE(4) === 1 ? readBody(message) : undefined;
  return body ? { id, flags, ...body } : { id, flags, error: 'FORMERR' };
}

const headerBytes = 12;
const responseBit = 0x8000;
const opcodeBits = 0x7800;
const recursionDesiredBit = 0x0100;

function readBody(message: Buffer): Pick<DnsQuery, 'question' | 'edns'> | undefined {
  const name = readName(message, headerBytes);
  const packet = name && decoded(message);
  const [question] = packet?.questions ?? [];
  if (!name || !packet || !question) return undefined;
  const options = (packet.additionals ?? []).filter((record) => record.type === 'OPT');
  // RFC 6891 §6.1.1: more than one OPT record is a format error.
  if (options.length > 1) return undefined;
  const [opt] = options;
  const bytes = Buffer.from(message.subarray(headerBytes, name.end + 4));
  return {
    question: { name: name.name, type: question.type, class: question.class ?? 'IN', bytes },
    edns: opt && { payloadSize: opt.udpPayloadSize, version: opt.ednsVersion },
  };
}

function decoded(message: Buffer): ReturnType<typeof decode> | undefined {
  try {
    return decode(message);
  } catch (error) {
    // dns-packet throws RangeError and Error for whatever it cannot read: all of it is the client's doing.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
