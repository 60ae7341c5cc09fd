import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { openTestEdge, originConfig, type TestConfig } from './test-edge.ts';

const everyMethod: TestConfig['defaultBehavior'] = {
  AllowedMethods: { Quantity: 7, Items: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'] },
};

test('the maintenance page takes the place of an error, with its status, until the error’s time is over', async () => {
  await using lab = await openTestEdge();
  let failing = true;
  const main = await lab.origin(
    'alb.example',
    (_, response) => void response.writeHead(failing ? 502 : 200).end('main'),
  );
  const bucket = await lab.origin(
    'bucket.example',
    (request, response) => void response.end(`page ${request.url}`),
  );
  lab.apply({
    origins: [main.config, bucket.config],
    behaviors: [{ PathPattern: '/maintenance/*', TargetOriginId: 'bucket.example' }],
    CustomErrorResponses: {
      Quantity: 1,
      Items: [
        {
          ErrorCode: 502,
          ResponseCode: '503',
          ResponsePagePath: '/maintenance/index.html',
          ErrorCachingMinTTL: 2,
        },
      ],
    },
  });
  const shown = await lab.fetch('/x');
  expect([shown.status, shown.body]).toEqual([503, 'page /maintenance/index.html']);
  expect(shown.headers['x-cache']).toBe('Error from cloudfront');
  failing = false;
  expect((await lab.fetch('/x')).status).toBe(503);
  expect((await lab.fetch('/never-asked')).status).toBe(200);
  await expect.poll(async () => (await lab.fetch('/x')).status).toBe(200);
});

test('a page that is missing gives the status of its origin', async () => {
  await using lab = await openTestEdge();
  const main = await lab.origin(
    'alb.example',
    (request, response) => void response.writeHead(request.url === '/gone' ? 404 : 500).end(),
  );
  lab.apply({
    origins: [main.config],
    CustomErrorResponses: {
      Quantity: 1,
      Items: [{ ErrorCode: 500, ResponseCode: '200', ResponsePagePath: '/gone' }],
    },
  });
  expect((await lab.fetch('/x')).status).toBe(404);
});

test('an origin that refuses, hangs up, has no address or a wrong certificate is a 502', async () => {
  await using lab = await openTestEdge();
  const trusted = await lab.origin('good.example', (_, response) => void response.end('ok'), [
    'good.example',
  ]);
  const wrong = await lab.origin('wrong.example', (_, response) => void response.end('ok'), [
    'another.example',
  ]);
  const closing = await lab.origin('closing.example', (request) => void request.socket.destroy());
  lab.resolveTo('refusing.example', [lab.block.at(2, 200)]);
  const origins = [
    trusted.config,
    wrong.config,
    closing.config,
    originConfig('refusing.example', 1),
    originConfig('absent.example', 1),
  ];
  lab.apply({
    origins,
    defaultBehavior: { OriginRequestPolicyId: undefined },
    behaviors: origins.map(({ Id }) => ({ PathPattern: `/${Id}`, TargetOriginId: Id })),
  });
  expect((await lab.fetch('/good.example')).status).toBe(200);
  for (const name of ['wrong', 'closing', 'refusing', 'absent'])
    expect([name, (await lab.fetch(`/${name}.example`)).status]).toEqual([name, 502]);
});

test('a forwarded Host is what the origin’s certificate may show', async () => {
  await using lab = await openTestEdge();
  const names: unknown[] = [];
  const origin = await lab.origin('alb.example', (_, response) => void response.end('ok'), ['site.example']);
  origin.server.on('secureConnection', (socket: { servername: unknown }) => names.push(socket.servername));
  lab.apply({ origins: [origin.config] });
  expect((await lab.fetch('/')).status).toBe(200);
  expect(names).toEqual(['site.example']);
});

test('a hung origin gives 504; a read is tried again, a write never', async () => {
  await using lab = await openTestEdge();
  const asked: (string | undefined)[] = [];
  const hung = await lab.origin('hung.example', (request) => void asked.push(request.method));
  const config = {
    ...hung.config,
    ConnectionAttempts: 2,
    CustomOriginConfig: { ...hung.config.CustomOriginConfig, OriginReadTimeout: 1 },
  };
  lab.apply({ origins: [config as typeof hung.config], defaultBehavior: everyMethod });
  const [read, write] = await Promise.all([lab.fetch('/r'), lab.fetch('/w', { method: 'POST', body: 'x' })]);
  expect([read.status, write.status]).toEqual([504, 504]);
  expect(asked.sort()).toEqual(['GET', 'GET', 'POST']);
});

test('an origin that accepts and never shakes hands is a 504 after its attempts', async () => {
  await using lab = await openTestEdge();
  let connections = 0;
  await using silent = await rawServer(lab.block.at(2, 98), () => {
    connections += 1;
  });
  lab.resolveTo('silent.example', [silent.address]);
  const config = originConfig('silent.example', silent.port, true);
  lab.apply({ origins: [{ ...config, ConnectionAttempts: 2, ConnectionTimeout: 1 }] });
  expect((await lab.fetch('/')).status).toBe(504);
  expect(connections).toBe(2);
});

test('answers without a body leave their connection good for the next request', async () => {
  await using lab = await openTestEdge();
  let connections = 0;
  const origin = await lab.origin('alb.example', (request, response) => {
    response.writeHead(request.url === '/204' ? 204 : 200, { 'cache-control': 'no-store' }).end();
  });
  origin.server.on('connection', () => {
    connections += 1;
  });
  lab.apply({ origins: [origin.config] });
  for (const [path, method, status] of [
    ['/a', 'HEAD', 200],
    ['/204', 'GET', 204],
    ['/b', 'GET', 200],
  ] as const)
    expect((await lab.fetch(path, { method })).status).toBe(status);
  expect(connections).toBe(1);
});

test('a viewer that leaves ends its request at the origin', async () => {
  await using lab = await openTestEdge();
  const left = Promise.withResolvers<void>();
  const origin = await lab.origin('alb.example', (request, response) => {
    response.writeHead(200, { 'cache-control': 'no-store' }).write('first');
    request.once('close', () => left.resolve());
  });
  lab.apply({ origins: [origin.config], defaultBehavior: { ViewerProtocolPolicy: 'allow-all' } });
  const socket = connect(lab.plainPort, lab.address);
  socket.write('GET / HTTP/1.1\r\nhost: site.example\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  await left.promise;
});

test('a large answer goes by whole and is not kept', async () => {
  await using lab = await openTestEdge();
  const bytes = Buffer.alloc(20_000_000, 'z');
  const origin = await lab.origin(
    'alb.example',
    (_, response) => void response.setHeader('cache-control', 'max-age=60').end(bytes),
  );
  lab.apply({ origins: [origin.config] });
  for (let n = 0; n < 2; n++) {
    const answer = await lab.fetch('/');
    expect([answer.bytes.equals(bytes), answer.headers['x-cache']]).toEqual([true, 'Miss from cloudfront']);
  }
});

test('an early answer to an upload leaves the viewer’s connection in order', async () => {
  await using lab = await openTestEdge();
  const origin = await lab.origin('alb.example', (request, response) => {
    if (request.method === 'POST') response.writeHead(413).end('too large');
    else response.end('next');
  });
  lab.apply({
    origins: [origin.config],
    defaultBehavior: { ...everyMethod, ViewerProtocolPolicy: 'allow-all' },
  });
  const socket = connect(lab.plainPort, lab.address);
  const body = 'u'.repeat(3_000_000);
  socket.write(`POST /up HTTP/1.1\r\nhost: site.example\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  socket.write('GET /next HTTP/1.1\r\nhost: site.example\r\n\r\n');
  let received = '';
  for await (const chunk of socket) {
    received += chunk;
    if (received.endsWith('next')) break;
  }
  expect(received).toMatch(/^HTTP\/1\.1 413 .*HTTP\/1\.1 200 /s);
});

test('an answer that breaks off breaks off for the viewer too', async () => {
  await using lab = await openTestEdge();
  const origin = await lab.origin('alb.example', (request, response) => {
    response.writeHead(200, { 'content-length': 100, 'cache-control': 'max-age=60' }).write('part');
    request.socket.destroySoon();
  });
  lab.apply({ origins: [origin.config] });
  await expect(lab.fetch('/')).rejects.toThrow(/aborted|ECONNRESET|hang up/);
  await expect(lab.fetch('/')).rejects.toThrow();
});

test('an origin group fails over on its statuses and on failure to connect, for reads only', async () => {
  await using lab = await openTestEdge();
  let primaryAsked = 0;
  const primary = await lab.origin('one.example', (_, response) => {
    primaryAsked += 1;
    response.writeHead(503).end('one');
  });
  const secondary = await lab.origin('two.example', (_, response) => void response.end('two'));
  lab.resolveTo('three.example', [lab.block.at(2, 200)]);
  lab.apply({
    origins: [primary.config, secondary.config, originConfig('three.example', 1)],
    OriginGroups: { Quantity: 2, Items: [group('g1', 'one.example'), group('g2', 'three.example')] },
    defaultBehavior: { ...everyMethod, TargetOriginId: 'g1' },
    behaviors: [{ PathPattern: '/down/*', TargetOriginId: 'g2' }],
  });
  expect((await lab.fetch('/a')).body).toBe('two');
  expect((await lab.fetch('/b')).body).toBe('two');
  expect(primaryAsked).toBe(2);
  expect((await lab.fetch('/a', { method: 'POST', body: 'x' })).status).toBe(503);
  expect((await lab.fetch('/down/a')).body).toBe('two');
});

test('the web ACL’s headers reach the origin; a plain block passes through error pages, a custom one does not', async () => {
  const bodies: (string | undefined)[] = [];
  await using lab = await openTestEdge({
    inspect: async ({ path, body, clientIp, webAclArn }) => {
      bodies.push(body?.toString());
      expect([clientIp, webAclArn]).toEqual(['127.0.0.1', 'acl']);
      if (path === '/plain') return { action: 'block', status: 403, headers: [], custom: false };
      if (path === '/custom')
        return {
          action: 'block',
          status: 429,
          headers: [['x-blocked', 'rate']],
          body: Buffer.from('slow down'),
          custom: true,
        };
      return { action: 'allow', insertHeaders: [['x-amzn-waf-proof', 'edge']] };
    },
  });
  const origin = await lab.origin('alb.example', async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.end(`${request.url} ${request.headers['x-amzn-waf-proof']} ${body.length}`);
  });
  lab.apply({
    origins: [origin.config],
    defaultBehavior: everyMethod,
    WebACLId: 'acl',
    CustomErrorResponses: {
      Quantity: 2,
      Items: [
        { ErrorCode: 403, ResponseCode: '200', ResponsePagePath: '/page' },
        { ErrorCode: 429, ResponseCode: '200', ResponsePagePath: '/page' },
      ],
    },
  });
  expect((await lab.fetch('/a', { headers: { 'x-amzn-waf-proof': 'forged' } })).body).toBe('/a edge 0');
  const plain = await lab.fetch('/plain');
  expect([plain.status, plain.body]).toEqual([200, '/page undefined 0']);
  const custom = await lab.fetch('/custom');
  expect([custom.status, custom.body, custom.headers['x-blocked']]).toEqual([429, 'slow down', 'rate']);
  expect((await lab.fetch('/short', { method: 'POST', body: 'short' })).body).toBe('/short edge 5');
  const long = 'y'.repeat(200_000);
  expect((await lab.fetch('/long', { method: 'PUT', body: long })).body).toBe('/long edge 200000');
  expect(bodies.slice(-2).map((body) => body?.length)).toEqual([5, 65_537]);
});

test('a WebSocket is joined with the origin', async () => {
  await using lab = await openTestEdge();
  const origin = await lab.origin('alb.example', (_, response) => void response.end());
  origin.server.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    socket.pipe(socket);
  });
  lab.apply({ origins: [origin.config], defaultBehavior: { ViewerProtocolPolicy: 'allow-all' } });
  const socket = connect(lab.plainPort, lab.address);
  socket.write(
    'GET /ws HTTP/1.1\r\nhost: site.example\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: k\r\n\r\n',
  );
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 101 /);
  socket.write('echo');
  expect(String((await once(socket, 'data'))[0])).toBe('echo');
  socket.destroy();
});

test('an origin that speaks no HTTP is a 502', async () => {
  await using lab = await openTestEdge();
  await using ssh = await rawServer(lab.block.at(2, 99), (socket) => void socket.end('SSH-2.0-not-http\r\n'));
  lab.resolveTo('ssh.example', [ssh.address]);
  lab.apply({ origins: [originConfig('ssh.example', ssh.port)] });
  expect((await lab.fetch('/')).status).toBe(502);
});

function group(Id: string, primary: string) {
  return {
    Id,
    FailoverCriteria: { StatusCodes: { Quantity: 1, Items: [503] } },
    Members: { Quantity: 2, Items: [{ OriginId: primary }, { OriginId: 'two.example' }] },
  };
}

async function rawServer(
  address: string,
  onConnection: (socket: Socket) => void,
): Promise<AsyncDisposable & { address: string; port: number }> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen({ host: address, port: 0 }, resolve));
  return {
    address,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
