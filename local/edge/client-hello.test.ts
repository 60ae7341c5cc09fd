import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readGreeting } from './client-hello.ts';

test('the server name is read from a real ClientHello, however it is cut', async () => {
  const hello = await clientHello('Site.Example');
  expect(readGreeting(hello)).toEqual({ serverName: 'site.example' });
  for (let length = 0; length < hello.length; length++)
    expect(readGreeting(hello.subarray(0, length))).toBe('incomplete');
});

test('a ClientHello in several records, and one without a name', async () => {
  const hello = await clientHello('site.example');
  const body = hello.subarray(5);
  const record = (bytes: Buffer): Buffer => {
    const head = Buffer.from([22, 3, 1, 0, 0]);
    head.writeUInt16BE(bytes.length, 3);
    return Buffer.concat([head, bytes]);
  };
  const cut = Buffer.concat([record(body.subarray(0, 50)), record(body.subarray(50))]);
  expect(readGreeting(cut)).toEqual({ serverName: 'site.example' });
  expect(readGreeting(await clientHello(undefined))).toBe('no-name');
  expect(readGreeting(Buffer.from('GET / HTTP/1.1\r\n'))).toBe('not-tls');
});

test('hostile bytes are never more than a wrong greeting', async () => {
  const hello = await clientHello('site.example');
  const edits = fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(edits, (list) => {
      const damaged = Buffer.from(hello);
      for (const [at, value] of list) damaged[at] = value;
      readGreeting(damaged);
    }),
    { numRuns: 1000 },
  );
});

async function clientHello(servername: string | undefined): Promise<Buffer> {
  const hello = Promise.withResolvers<Buffer>();
  const wire = new Duplex({ read: () => undefined, write: (chunk: Buffer) => hello.resolve(chunk) });
  const socket = connect({ socket: wire, servername, rejectUnauthorized: false });
  const bytes = await hello.promise;
  socket.destroy();
  return bytes;
}
