/** What the first bytes of a connection say: the server name, that there is none, or that more bytes are needed. */
export type Greeting = { readonly serverName: string } | 'no-name' | 'incomplete' | 'not-tls';

/**
 * Reads the server name from a ClientHello (RFC 8446 §4.1.2, RFC 6066 §3). The protocol range of a connection is fixed
 * before OpenSSL asks for the certificate of a name, so the policy has to be chosen from these bytes.
 */
export function readGreeting(bytes: Buffer): Greeting {
  const hello = handshakeBytes(bytes);
  if (typeof hello === 'string') return hello;
  if (hello.length < 4) return 'incomplete';
  if (hello[0] !== clientHello) return 'not-tls';
  const length = hello.readUIntBE(1, 3);
  if (length > longestHello) return 'not-tls';
  if (hello.length < 4 + length) return 'incomplete';
  try {
    return serverName(hello.subarray(4, 4 + length));
  } catch (error) {
    // Lengths that point beyond the message.
    if (error instanceof RangeError) return 'not-tls';
    throw error;
  }
}

const handshakeRecord = 22;
const clientHello = 1;
const longestHello = 65_536;

/** A ClientHello may be cut into several records. */
function handshakeBytes(bytes: Buffer): Buffer | 'incomplete' | 'not-tls' {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 5 <= bytes.length) {
    if (bytes[at] !== handshakeRecord || bytes[at + 1] !== 3)
      return parts.length > 0 ? Buffer.concat(parts) : 'not-tls';
    const length = bytes.readUInt16BE(at + 3);
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  if (parts.length === 0) return bytes.length > 0 && bytes[0] !== handshakeRecord ? 'not-tls' : 'incomplete';
  return Buffer.concat(parts);
}

function serverName(hello: Buffer): Greeting {
  let at = 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  if (at + 2 > hello.length) return 'no-name';
  const end = at + 2 + hello.readUInt16BE(at);
  at += 2;
  while (at + 4 <= end) {
    const type = hello.readUInt16BE(at);
    const length = hello.readUInt16BE(at + 2);
    if (type === 0) return hostName(hello.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return 'no-name';
}

function hostName(extension: Buffer): Greeting {
  if (extension.length < 5 || extension.readUInt8(2) !== 0) return 'no-name';
  const length = extension.readUInt16BE(3);
  return { serverName: extension.toString('latin1', 5, 5 + length).toLowerCase() };
}
