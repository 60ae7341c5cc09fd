import { once } from 'node:events';
import { get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { expect, test } from 'vitest';
import { boundPort } from '../base/loopback.ts';
import { openTestEdge } from './test-edge.ts';

test('a request reaches the origin with the headers of the reference and comes back with CloudFront’s', async () => {
  await using lab = await openTestEdge();
  const origin = await lab.origin('alb.example', (request, response) => {
    response.end(
      JSON.stringify({ headers: request.headers, url: request.url, from: request.socket.remoteAddress }),
    );
  });
  lab.apply({
    origins: [
      {
        ...origin.config,
        CustomHeaders: { Quantity: 1, Items: [{ HeaderName: 'X-Origin-Secret', HeaderValue: 's' }] },
      },
    ],
  });
  const viewer = lab.block.next('viewers');
  const answer = await lab.fetch('/a%20b?x=1&y', {
    localAddress: viewer,
    headers: {
      'x-forwarded-for': '9.9.9.9',
      'x-forwarded-proto': 'http',
      traceparent: '00-1',
      'x-origin-secret': 'forged',
      te: 'trailers',
    },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    'x-cache': 'Miss from cloudfront',
    via: expect.stringMatching(/^1\.1 [0-9a-f]{32}\.cloudfront\.net \(CloudFront\)$/),
    'x-amz-cf-pop': expect.stringMatching(/^[A-Z]{3}\d\d-C\d$/),
    'x-amz-cf-id': expect.stringMatching(/^[\w-]{54}==$/),
  });
  const seen = JSON.parse(answer.body);
  expect(seen.url).toBe('/a%20b?x=1&y');
  expect(seen.from).toBe(lab.block.at(9, 1));
  expect(seen.headers).toMatchObject({
    host: 'site.example',
    'x-forwarded-for': `9.9.9.9, ${viewer}`,
    'x-amz-cf-id': answer.headers['x-amz-cf-id'],
    traceparent: '00-1',
    'x-origin-secret': 's',
  });
  expect(seen.headers).not.toHaveProperty('x-forwarded-proto');
  expect(seen.headers).not.toHaveProperty('te');
});

test('without an origin request policy Host is the origin’s, the agent CloudFront, and trace headers stay behind', async () => {
  await using lab = await openTestEdge();
  const origin = await lab.origin(
    'alb.example',
    (request, response) => void response.end(JSON.stringify(request.headers)),
  );
  lab.apply({ origins: [origin.config], defaultBehavior: { OriginRequestPolicyId: undefined } });
  const seen = JSON.parse(
    (await lab.fetch('/', { headers: { traceparent: '00-1', cookie: 'a=b', 'user-agent': 'x' } })).body,
  );
  expect(seen).toMatchObject({ host: 'alb.example', 'user-agent': 'Amazon CloudFront' });
  expect(seen).not.toHaveProperty('traceparent');
  expect(seen).not.toHaveProperty('cookie');
});

test('http is redirected with 301 for reads and 307 for the rest, host and query kept', async () => {
  await using lab = await openTestEdge();
  const origin = await lab.origin('alb.example', (_, response) => void response.end());
  lab.apply({ origins: [origin.config] });
  for (const [method, status] of [
    ['GET', 301],
    ['POST', 307],
  ] as const) {
    const request = get({
      host: lab.address,
      port: boundPort(lab.block.ports, 80),
      method,
      path: '/p?q=1',
      headers: { host: 'site.example:80' },
    });
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(status);
    expect(response.headers).toMatchObject({
      location: 'https://site.example/p?q=1',
      'x-cache': 'Redirect from cloudfront',
    });
    response.resume();
  }
});

test('behaviours are chosen in order and methods are those allowed', async () => {
  await using lab = await openTestEdge();
  const main = await lab.origin(
    'main.example',
    (request, response) => void response.end(`main ${request.method}`),
  );
  const api = await lab.origin(
    'api.example',
    (request, response) => void response.end(`api ${request.method}`),
  );
  lab.apply({
    origins: [main.config, api.config],
    behaviors: [
      {
        PathPattern: '/api/*',
        TargetOriginId: 'api.example',
        AllowedMethods: { Quantity: 7, Items: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'] },
      },
    ],
  });
  expect((await lab.fetch('/api/x', { method: 'POST', body: 'b' })).body).toBe('api POST');
  expect((await lab.fetch('/API/x')).body).toBe('main GET');
  expect((await lab.fetch('/x', { method: 'POST' })).status).toBe(403);
  expect((await lab.fetch('/x', { method: 'PROPFIND' })).status).toBe(405);
  expect(await lab.fetch('/', { host: 'other.example' }).catch((error: Error) => error.message)).toMatch(
    /disconnected|ECONNRESET/,
  );
});

test('HTTP/2 viewers are served, uploads streamed whole in both directions', async () => {
  await using lab = await openTestEdge();
  const origin = await lab.origin('alb.example', (request, response) => void request.pipe(response));
  lab.apply({
    origins: [origin.config],
    defaultBehavior: {
      AllowedMethods: { Quantity: 7, Items: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'] },
    },
  });
  const session = connectHttp2('https://site.example', {
    host: lab.address,
    port: boundPort(lab.block.ports, 443),
    ca: lab.authority.certificatePem,
    createConnection: undefined,
  });
  const stream = session.request({ ':method': 'POST', ':path': '/up' });
  const sent = Buffer.alloc(3_000_000, 'abc');
  stream.end(sent);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  await new Promise<void>((resolve) => session.close(resolve));
});

test('a swap of the origin loses no request under way', async () => {
  await using lab = await openTestEdge();
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const old = await lab.origin('old.example', async (_, response) => {
    started.resolve();
    await release.promise;
    response.end('old');
  });
  const fresh = await lab.origin('new.example', (_, response) => void response.end('new'));
  lab.apply({ origins: [old.config] });
  const underWay = lab.fetch('/1');
  await started.promise;
  lab.apply({ origins: [fresh.config] });
  expect((await lab.fetch('/2')).body).toBe('new');
  release.resolve();
  expect((await underWay).body).toBe('old');
});
