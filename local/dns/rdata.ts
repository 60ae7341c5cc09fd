import { isIPv4, isIPv6 } from 'node:net';
import { type Answer, encode } from 'dns-packet';

/**
 * A record's value as Route 53 writes it, as the bytes that follow the TTL in a message: length and data.
 * Formats: Route 53 developer guide, "Supported DNS record types".
 */
export function encodeRdata(type: string, value: string): Buffer {
  const parse = parsers[type];
  if (!parse)
    throw new RangeError(`Cannot serve a ${type} record: expected one of ${servedTypes.join(', ')}`);
  const answer = parse(value);
  if (!answer) throw new RangeError(`Cannot serve a ${type} record: its value "${value}" is not valid`);
  return encode({ answers: [answer] }).subarray(headerBytes + rootNameBytes + typeClassTtlBytes);
}

const headerBytes = 12;
const rootNameBytes = 1;
const typeClassTtlBytes = 8;

const parsers: Readonly<Record<string, (value: string) => Answer | undefined>> = {
  A: (data) => (isIPv4(data) ? { name: '.', type: 'A', data } : undefined),
  AAAA: (data) => (isIPv6(data) ? { name: '.', type: 'AAAA', data } : undefined),
  CNAME: (data) => ({ name: '.', type: 'CNAME', data }),
  NS: (data) => ({ name: '.', type: 'NS', data }),
  PTR: (data) => ({ name: '.', type: 'PTR', data }),
  TXT: (value) => ({ name: '.', type: 'TXT', data: characterStrings(value) }),
  SPF: (value) => ({ name: '.', type: 'TXT', data: characterStrings(value) }),
  MX: (value) => {
    const [preference, exchange] = value.trim().split(/\s+/);
    return exchange
      ? { name: '.', type: 'MX', data: { preference: Number(preference), exchange } }
      : undefined;
  },
  SRV: (value) => {
    const [priority, weight, port, target] = value.trim().split(/\s+/);
    if (!target) return undefined;
    const data = { priority: Number(priority), weight: Number(weight), port: Number(port), target };
    return { name: '.', type: 'SRV', data };
  },
  CAA: (value) => {
    const [, flags, tag, text] = /^\s*(\d+)\s+(issue|issuewild|iodef)\s+"?([^"]*)"?\s*$/.exec(value) ?? [];
    if (tag !== 'issue' && tag !== 'issuewild' && tag !== 'iodef') return undefined;
    return { name: '.', type: 'CAA', data: { flags: Number(flags), tag, value: text ?? '' } };
  },
  SOA: (value) => {
    const [mname, rname, ...numbers] = value.trim().split(/\s+/);
    const [serial, refresh, retry, expire, minimum] = numbers.map(Number);
    if (!mname || !rname || minimum === undefined) return undefined;
    return { name: '.', type: 'SOA', data: { mname, rname, serial, refresh, retry, expire, minimum } };
  },
};

const servedTypes = Object.keys(parsers);

/** `"one" "two\"\040"`: quoted strings with octal escapes; a value without quotes is one string. */
function characterStrings(value: string): Buffer[] {
  const quoted = [...value.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, text = '']) => text);
  return (quoted.length > 0 ? quoted : [value]).map(unescaped);
}

function unescaped(text: string): Buffer {
  const plain = text.replace(/\\([0-7]{3}|.)/gs, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : code,
  );
  return Buffer.from(plain, 'latin1');
}
