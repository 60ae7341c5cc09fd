import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { boundPort } from '../base/loopback.ts';
import { openTestEdge, type TestEdge } from './test-edge.ts';

test.each([
  ['TLSv1.2_2021', { TLSv1: false, 'TLSv1.1': false, 'TLSv1.2': true, 'TLSv1.3': true }],
  ['TLSv1.1_2016', { TLSv1: false, 'TLSv1.1': true, 'TLSv1.2': true, 'TLSv1.3': true }],
  ['TLSv1', { TLSv1: true, 'TLSv1.1': true, 'TLSv1.2': true, 'TLSv1.3': true }],
  ['TLSv1.3_2025', { TLSv1: false, 'TLSv1.1': false, 'TLSv1.2': false, 'TLSv1.3': true }],
] as const)('%s negotiates exactly its protocols', async (policy, expected) => {
  await using lab = await opened(policy);
  for (const [version, accepted] of Object.entries(expected)) {
    const only = version as 'TLSv1.2';
    const outcome = await handshake(lab, { minVersion: only, maxVersion: only, ciphers: 'ALL:@SECLEVEL=0' });
    expect([version, outcome.protocol ?? outcome.error]).toEqual([
      version,
      accepted ? version : expect.stringMatching(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/),
    ]);
  }
});

test.each([
  ['TLSv1.2_2021', 'ECDHE-ECDSA-AES128-SHA256', false],
  ['TLSv1.2_2019', 'ECDHE-ECDSA-AES128-SHA256', true],
  ['TLSv1.2_2021', 'ECDHE-ECDSA-CHACHA20-POLY1305', true],
  ['TLSv1.2_2025', 'ECDHE-ECDSA-CHACHA20-POLY1305', false],
] as const)('%s and cipher %s: %s', async (policy, ciphers, accepted) => {
  await using lab = await opened(policy);
  expect((await handshake(lab, { maxVersion: 'TLSv1.2', ciphers })).protocol === 'TLSv1.2').toBe(accepted);
});

test('a connection without a known name is dropped, a wildcard alias is served', async () => {
  await using lab = await opened('TLSv1.2_2021', ['*.wild.example']);
  expect((await handshake(lab, { servername: 'a.wild.example' })).protocol).toBe('TLSv1.3');
  expect((await handshake(lab, { servername: 'a.b.wild.example' })).error).toBe('ECONNRESET');
  expect((await handshake(lab, { servername: '' })).error).toBe('ECONNRESET');
});

test('a new policy holds for new connections and old ones go on', async () => {
  await using lab = await opened('TLSv1.2_2021');
  const before = connected(lab, {});
  await once(before, 'secureConnect');
  const { config } = await lab.origin('second.example', (_, response) => void response.end());
  lab.apply({ origins: [config], ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.3_2025' } });
  expect((await handshake(lab, { maxVersion: 'TLSv1.2' })).error).toMatch(/PROTOCOL_VERSION/);
  before.write('GET / HTTP/1.1\r\nhost: site.example\r\n\r\n');
  const [answer] = await once(before, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200/);
  before.destroy();
});

async function opened(policy: string, aliases?: string[]): Promise<TestEdge> {
  const lab = await openTestEdge();
  const { config } = await lab.origin('alb.example', (_, response) => void response.end());
  lab.apply({ origins: [config], aliases, ViewerCertificate: { MinimumProtocolVersion: policy as 'TLSv1' } });
  return lab;
}

function connected(lab: TestEdge, options: ConnectionOptions): TLSSocket {
  const base = { host: lab.address, port: boundPort(lab.block.ports, 443), ca: lab.authority.certificatePem };
  return connect({ ...base, servername: 'site.example', ...options });
}

async function handshake(
  lab: TestEdge,
  options: ConnectionOptions,
): Promise<{ protocol?: string; error?: string }> {
  const socket = connected(lab, options);
  try {
    await once(socket, 'secureConnect');
    return { protocol: socket.getProtocol() ?? undefined };
  } catch (error) {
    return { error: (error as NodeJS.ErrnoException).code };
  } finally {
    socket.destroy();
  }
}
