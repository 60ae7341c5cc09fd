import { once } from 'node:events';
import type { Duplex } from 'node:stream';

/** What a client says first (PostgreSQL, Message Formats). */
export interface FirstMessage {
  readonly kind: 'tls-request' | 'gss-request' | 'startup' | 'other';
  /** As it came, to be passed on. */
  readonly bytes: Buffer;
}

/** Longest startup packet that PostgreSQL takes (src/include/libpq/pqcomm.h). */
const longestStartup = 10_000;
const kinds: Readonly<Record<number, FirstMessage['kind']>> = {
  80877103: 'tls-request',
  80877104: 'gss-request',
  196608: 'startup',
};

export async function readFirst(source: Duplex, signal: AbortSignal): Promise<FirstMessage> {
  const head = await take(source, 8, signal);
  const length = head.readUInt32BE(0);
  if (length < 8 || length > longestStartup)
    throw new Error(`Cannot read a startup packet of ${length} bytes`);
  const rest = length > 8 ? await take(source, length - 8, signal) : Buffer.alloc(0);
  return { kind: kinds[head.readUInt32BE(4)] ?? 'other', bytes: Buffer.concat([head, rest]) };
}

export function userOf(startup: Buffer): string {
  const words = startup.toString('utf8', 8).split('\0');
  return words.find((_, index) => index % 2 === 1 && words[index - 1] === 'user') ?? '';
}

/** The answer to `askForPassword`. */
export async function readPassword(source: Duplex, signal: AbortSignal): Promise<string> {
  const head = await take(source, 5, signal);
  const length = head.readUInt32BE(1) - 4;
  if (head[0] !== 'p'.charCodeAt(0) || length < 1 || length > longestStartup)
    throw new Error('Cannot authenticate: expected a password message');
  return (await take(source, length, signal)).toString('utf8', 0, length - 1);
}

/** AuthenticationCleartextPassword: a token is too long for anything that hashes. */
export const askForPassword = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);

/** ErrorResponse, severity FATAL. */
export function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** The next so many bytes of a paused stream. */
export async function take(source: Duplex, length: number, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    const bytes = source.read(length) as Buffer | null;
    if (bytes?.length === length) return bytes;
    if (bytes || source.readableEnded || source.destroyed) throw new Error('The other side ended');
    await once(source, 'readable', { signal });
  }
}
