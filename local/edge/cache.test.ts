import type { IncomingMessage, RequestListener } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openTestEdge, type TestConfig, type TestEdge } from './test-edge.ts';

test('an object is kept for its max-age and then asked after', async () => {
  const seen: IncomingMessage[] = [];
  await using lab = await cached((request, response) => {
    seen.push(request);
    const known = request.headers['if-none-match'] === '"1"';
    response.writeHead(known ? 304 : 200, { 'cache-control': 'max-age=3', etag: '"1"' });
    response.end(known ? undefined : 'body');
  });
  expect(await cacheOf(lab, '/a')).toBe('Miss from cloudfront');
  const hit = await lab.fetch('/a');
  expect(hit.headers).toMatchObject({ 'x-cache': 'Hit from cloudfront', age: expect.stringMatching(/^\d$/) });
  expect((await lab.fetch('/a', { headers: { 'if-none-match': 'W/"1"' } })).status).toBe(304);
  expect((await lab.fetch('/a', { method: 'HEAD' })).headers['x-cache']).toBe('Hit from cloudfront');
  expect(await cacheOf(lab, '/a?other')).toBe('Miss from cloudfront');
  await expect.poll(() => cacheOf(lab, '/a')).toBe('RefreshHit from cloudfront');
  expect((await lab.fetch('/a')).body).toBe('body');
  expect(seen.map(({ url }) => url).filter((url) => url === '/a').length).toBe(2);
});

test('what the origin forbids is never kept, and reads with a body are refused', async () => {
  let count = 0;
  await using lab = await cached((request, response) => {
    count += 1;
    response.setHeader('cache-control', request.url === '/private' ? 'private, max-age=60' : 'no-store');
    response.end(String(count));
  });
  for (const path of ['/private', '/private', '/no-store', '/no-store'])
    expect(await cacheOf(lab, path)).toBe('Miss from cloudfront');
  expect(count).toBe(4);
  expect((await lab.fetch('/x', { body: 'b', headers: { 'content-length': '1' } })).status).toBe(403);
});

test('requests for one object at a time go to the origin once; private answers are not shared', async () => {
  let count = 0;
  const release = Promise.withResolvers<void>();
  await using lab = await cached(async (request, response) => {
    count += 1;
    const mine = count;
    await release.promise;
    response.setHeader('cache-control', request.url === '/shared' ? 'max-age=60' : 'private');
    response.end(String(mine));
  });
  const asked = ['/shared', '/shared', '/shared', '/mine', '/mine'].map((path) => lab.fetch(path));
  await expect.poll(() => count).toBe(2);
  release.resolve();
  const bodies = (await Promise.all(asked)).map(({ body }) => body);
  expect(bodies.slice(0, 3)).toEqual([bodies[0], bodies[0], bodies[0]]);
  expect(bodies[3]).not.toBe(bodies[4]);
  expect(count).toBe(3);
});

test('an expired object is served while the origin fails, and never one that must be revalidated', async () => {
  let failing = false;
  await using lab = await cached((request, response) => {
    const control = request.url === '/strict' ? 'max-age=1, must-revalidate' : 'max-age=1';
    if (failing) response.writeHead(503).end('failing');
    else response.writeHead(200, { 'cache-control': control }).end('good');
  });
  await lab.fetch('/a');
  await lab.fetch('/strict');
  failing = true;
  await expect.poll(async () => (await lab.fetch('/strict')).status).toBe(503);
  const stale = await lab.fetch('/a');
  expect([stale.status, stale.body]).toEqual([200, 'good']);
});

test('an invalidation makes the next request a miss', async () => {
  await using lab = await cached(
    (_, response) => void response.setHeader('cache-control', 'max-age=60').end('x'),
  );
  await lab.fetch('/a/1');
  expect(await cacheOf(lab, '/a/1')).toBe('Hit from cloudfront');
  lab.edge.invalidate('E1', ['/a/*']);
  expect(await cacheOf(lab, '/a/1')).toBe('Miss from cloudfront');
});

test('eligible answers are compressed once and kept so; the strong entity tag becomes weak', async () => {
  const text = 'compressible '.repeat(200);
  await using lab = await cached(
    (request, response) => {
      response.writeHead(200, {
        'content-type': request.url === '/image' ? 'image/png' : 'text/css; charset=utf-8',
        'content-length': text.length,
        'cache-control': 'max-age=60',
        etag: '"1"',
      });
      response.end(text);
    },
    { Compress: true },
  );
  const gzip = { headers: { 'accept-encoding': 'gzip' } };
  const first = await lab.fetch('/style', gzip);
  expect(first.headers).toMatchObject({ 'content-encoding': 'gzip', etag: 'W/"1"', vary: 'Accept-Encoding' });
  const second = await lab.fetch('/style', gzip);
  expect(second.headers).toMatchObject({ 'x-cache': 'Hit from cloudfront', 'content-encoding': 'gzip' });
  expect(gunzipSync(second.bytes).toString()).toBe(text);
  expect(
    (await lab.fetch('/style', { headers: { 'accept-encoding': 'br, gzip' } })).headers['content-encoding'],
  ).toBe('br');
  expect((await lab.fetch('/style')).body).toBe(text);
  expect((await lab.fetch('/image', gzip)).headers['content-encoding']).toBeUndefined();
});

test('cookies set by an origin that is sent none do not reach the viewer', async () => {
  await using lab = await cached((_, response) => void response.setHeader('set-cookie', 'a=1').end('x'), {
    OriginRequestPolicyId: undefined,
    ResponseHeadersPolicyId: 'secure',
  });
  const { headers } = await lab.fetch('/');
  expect(headers['set-cookie']).toBeUndefined();
  expect(headers['strict-transport-security']).toBe('max-age=60');
});

async function cached(
  listener: RequestListener,
  defaultBehavior?: TestConfig['defaultBehavior'],
): Promise<TestEdge> {
  const lab = await openTestEdge();
  const { config } = await lab.origin('alb.example', listener);
  lab.apply({ origins: [config], defaultBehavior });
  return lab;
}

async function cacheOf(lab: TestEdge, path: string): Promise<string | string[] | undefined> {
  return (await lab.fetch(path)).headers['x-cache'];
}
