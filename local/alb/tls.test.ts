import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from '../base/certificates.ts';
import type { ListenerConfig } from './config.ts';
import { startTestPlane } from './test-plane.ts';

const modern = {
  protocols: ['TLSv1.2', 'TLSv1.3'],
  ciphers: ['TLS_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
};

async function startTls() {
  const authority = await createCertificateAuthority('test root');
  const [first, second] = [
    await authority.issue({ names: ['artifacthub.example'] }),
    await authority.issue({ names: ['*.other.example'] }),
  ];
  const lb = await startTestPlane();
  const { target } = await lb.target(async (request, response) => {
    for await (const chunk of request) response.write(chunk);
    response.end(request.headers['x-forwarded-proto']);
  });
  const apply = (listener: Partial<ListenerConfig> = {}): Promise<void> =>
    lb.apply([target], {
      listener: {
        port: 8443,
        protocol: 'HTTPS',
        certificates: [first, second],
        sslPolicy: modern,
        ...listener,
      },
    });
  const dial = async (options: object): Promise<TLSSocket> => {
    const socket = connect({ host: lb.address, port: 8443, ca: authority.certificatePem, ...options });
    await once(socket, 'secureConnect');
    return socket;
  };
  await apply();
  await lb.states('healthy');
  return { lb, authority, apply, dial };
}

test('HTTP/2 viewers reach an HTTP/1.1 target', async () => {
  const { lb, authority } = await startTls();
  await using _ = lb;
  const session = connectHttp2(`https://${lb.address}:8443`, {
    ca: authority.certificatePem,
    servername: 'artifacthub.example',
  });
  const stream = session.request({ ':path': '/', ':method': 'POST', ':authority': 'artifacthub.example' });
  stream.end('over h2 ');
  const [headers] = await once(stream, 'response');
  let body = '';
  for await (const chunk of stream) body += chunk;
  expect([headers[':status'], body]).toEqual([200, 'over h2 https']);
  const gone = session.request({ ':path': '/', ':method': 'TRACE' });
  const [refused] = await once(gone, 'response');
  expect([refused[':status'], refused.server]).toEqual([405, 'awselb/2.0']);
  session.destroy();
});

test('certificates go by name, the default one to those who name none, and are swapped under open connections', async () => {
  const { lb, authority, apply, dial } = await startTls();
  await using _ = lb;
  const named = await dial({ servername: 'www.other.example', ALPNProtocols: ['http/1.1'] });
  expect(named.getPeerCertificate().subjectaltname).toBe('DNS:*.other.example');
  const open = await dial({ servername: 'artifacthub.example' });
  const before = open.getPeerCertificate().serialNumber;
  const renewed = await authority.issue({ names: ['artifacthub.example'] });
  await apply({ certificates: [renewed] });
  const fresh = await dial({ servername: 'artifacthub.example' });
  expect(fresh.getPeerCertificate().serialNumber).not.toBe(before);
  open.write('GET / HTTP/1.1\r\nHost: artifacthub.example\r\n\r\n');
  const [answer] = await once(open, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 OK/);
  for (const socket of [named, open, fresh]) socket.destroy();
});

test('the security policy says what is negotiated, also after it changed', async () => {
  const { lb, apply, dial } = await startTls();
  await using _ = lb;
  const servername = 'artifacthub.example';
  const old = { servername, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' };
  await expect(dial(old)).rejects.toThrow(/alert|protocol version/i);
  const socket = await dial({ servername, maxVersion: 'TLSv1.2' });
  expect([socket.getProtocol(), socket.getCipher().name]).toEqual([
    'TLSv1.2',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
  ]);
  socket.destroy();
  await apply({
    sslPolicy: { protocols: ['TLSv1', 'TLSv1.1', 'TLSv1.2'], ciphers: ['ECDHE-ECDSA-AES128-SHA'] },
  });
  const relaxed = await dial(old);
  expect(relaxed.getProtocol()).toBe('TLSv1.1');
  relaxed.destroy();
});
