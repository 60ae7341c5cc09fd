import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { groupArn, startTestPlane, testConfig } from './test-plane.ts';

describe('targets', () => {
  test('get requests in turn once healthy, from the load balancer’s address, with its headers', async () => {
    await using lb = await startTestPlane();
    const seen: string[] = [];
    const app = (name: string) =>
      lb.target((request, response) => {
        seen.push(request.socket.remoteAddress ?? '');
        response
          .setHeader('Keep-Alive', 'timeout=77')
          .end(JSON.stringify({ name, headers: request.headers }));
      });
    const [a, b] = [await app('a'), await app('b')];
    await lb.apply([a.target, b.target]);
    expect(lb.plane.targetHealth(groupArn)[0]).toEqual({
      Target: { Id: a.target.id, Port: a.target.port, AvailabilityZone: 'us-east-1a' },
      HealthCheckPort: String(a.target.port),
      TargetHealth: {
        State: 'initial',
        Reason: expect.stringMatching(/^Elb\.(RegistrationInProgress|InitialHealthChecking)$/),
        Description: expect.any(String),
      },
    });
    await lb.states('healthy', 'healthy');
    const answers = [await lb.get('/1'), await lb.get('/2'), await lb.get('/3'), await lb.get('/4')];
    expect(answers.map(({ body }) => JSON.parse(body).name).join('')).toMatch(/^(abab|baba)$/);
    expect(new Set(seen)).toEqual(new Set([lb.address]));
    expect(JSON.parse(answers[0]?.body ?? '').headers).toMatchObject({
      host: `${lb.address}:8000`,
      'x-forwarded-for': lb.block.at(200, 1),
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '8000',
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-/),
    });
    expect(answers[0]?.headers).not.toHaveProperty('keep-alive');
  });

  test('that fail their checks get nothing while another passes, and all get requests when none does', async () => {
    await using lb = await startTestPlane();
    let status = 200;
    const good = await lb.target(
      (_, response) => void response.end('good'),
      () => status,
    );
    const bad = await lb.target(
      (_, response) => void response.end('bad'),
      () => 500,
    );
    await lb.apply([good.target, bad.target]);
    await lb.states('healthy', 'unhealthy');
    expect(lb.plane.targetHealth(groupArn)[1]?.TargetHealth).toEqual({
      State: 'unhealthy',
      Reason: 'Target.ResponseCodeMismatch',
      Description: 'Health checks failed with these codes: [500]',
    });
    const bodies = async () => new Set([(await lb.get('/')).body, (await lb.get('/')).body]);
    expect(await bodies()).toEqual(new Set(['good']));
    status = 503;
    await lb.states('unhealthy', 'unhealthy');
    expect(await bodies()).toEqual(new Set(['good', 'bad']));
  });

  test('that drain finish what they have and get nothing new; gone, what they have dies with 502', async () => {
    await using lb = await startTestPlane();
    const finish: (() => void)[] = [];
    const slow = await lb.target((_, response) => void finish.push(() => response.end('slow')));
    await lb.apply([slow.target]);
    await lb.states('healthy');
    const first = lb.get('/');
    const second = lb.get('/');
    await expect.poll(() => finish.length).toBe(2);
    const draining = { ...slow.target, draining: true };
    await lb.apply([draining]);
    expect(lb.plane.targetHealth(groupArn)[0]?.TargetHealth).toMatchObject({
      State: 'draining',
      Reason: 'Target.DeregistrationInProgress',
    });
    expect((await lb.get('/')).status).toBe(503);
    finish[0]?.();
    const answered = await Promise.race([first, second]);
    expect(answered).toMatchObject({ status: 200, body: 'slow' });
    await lb.apply([]);
    expect((await Promise.all([first, second])).map(({ status }) => status).toSorted()).toEqual([200, 502]);
  });

  test('of a group that nothing forwards to are unused', async () => {
    await using lb = await startTestPlane();
    const { target } = await lb.target((_, response) => void response.end());
    await lb.apply([target], { loadBalancer: { listeners: [] } });
    expect(lb.plane.targetHealth(groupArn)[0]?.TargetHealth?.Reason).toBe('Target.NotInUse');
  });
});

describe('failures', () => {
  test('are answered with ALB’s own pages', async () => {
    await using lb = await startTestPlane();
    await lb.apply([]);
    const unavailable = await lb.get('/');
    expect(unavailable).toMatchObject({
      status: 503,
      headers: { server: 'awselb/2.0', 'content-length': '162' },
    });
    expect(unavailable.body).toBe(
      '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n',
    );
    const refusing = await lb.target((request) => void request.socket.destroy());
    await lb.apply([refusing.target]);
    await lb.states('healthy');
    expect(await lb.get('/')).toMatchObject({ status: 502, headers: { 'content-length': '122' } });
    expect(lb.access.at(-1)).toMatchObject({ elbStatusCode: 502, targetStatusCode: undefined });
  });

  test('of a target are never tried again, there or elsewhere', async () => {
    await using lb = await startTestPlane();
    let hits = 0;
    const breaking = await lb.target((request) => {
      hits++;
      request.socket.destroy();
    });
    const good = await lb.target((_, response) => {
      hits++;
      response.end();
    });
    await lb.apply([breaking.target, good.target]);
    await lb.states('healthy', 'healthy');
    const statuses = [(await lb.get('/')).status, (await lb.get('/')).status];
    expect(statuses.toSorted()).toEqual([200, 502]);
    expect(hits).toBe(2);
  });

  test('a request on a connection that the application just closed is lost', async () => {
    await using lb = await startTestPlane();
    const { target, server } = await lb.target((_, response) => void response.end());
    const connections: Socket[] = [];
    server.on('connection', (socket) => connections.push(socket));
    await lb.apply([target]);
    await lb.states('healthy');
    const viewer = connect({ host: lb.address, port: 8000 }).setEncoding('utf8');
    const send = async (): Promise<string> => {
      viewer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      const [head] = (await once(viewer, 'data')) as [string];
      return head.slice(0, 12);
    };
    expect(await send()).toBe('HTTP/1.1 200');
    for (const socket of connections) socket.destroy();
    expect(await send()).toBe('HTTP/1.1 502');
    expect(await send()).toBe('HTTP/1.1 200');
    viewer.destroy();
  });

  test('a target that says nothing for the idle timeout costs 504', async () => {
    await using lb = await startTestPlane({ speed: 60 });
    const { target } = await lb.target(() => undefined);
    await lb.apply([target]);
    await lb.states('healthy');
    expect(await lb.get('/')).toMatchObject({ status: 504, headers: { 'content-length': '132' } });
  });

  test('a viewer that leaves is 460 in the log, and the target learns of it', async () => {
    await using lb = await startTestPlane();
    const left = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const { target } = await lb.target((_, response) => {
      arrived.resolve();
      response.on('close', left.resolve);
    });
    await lb.apply([target]);
    await lb.states('healthy');
    const leaving = new AbortController();
    const asked = lb.get('/', { signal: leaving.signal });
    await arrived.promise;
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await left.promise;
    await expect.poll(() => lb.access.at(-1)?.elbStatusCode).toBe(460);
  });

  test('a response that breaks off does not look whole', async () => {
    await using lb = await startTestPlane();
    const { target } = await lb.target((request, response) => {
      response.write('half', () => request.socket.destroy());
    });
    await lb.apply([target]);
    await lb.states('healthy');
    await expect(lb.get('/')).rejects.toThrow();
  });
});

describe('viewers', () => {
  test('that the security group does not admit get no answer', async () => {
    await using lb = await startTestPlane();
    const { target } = await lb.target((_, response) => void response.end());
    const ingress = [{ fromPort: 8000, toPort: 8000, cidrs: [`${lb.block.at(9, 0)}/24`] }];
    await lb.apply([target], { loadBalancer: { ingress } });
    await lb.states('healthy');
    expect((await lb.get('/', { from: lb.block.at(9, 1) })).status).toBe(200);
    const socket = connect({ host: lb.address, port: 8000, localAddress: lb.block.at(200, 1) });
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    // Other requests come and go meanwhile: the silence is not just slowness.
    for (let i = 0; i < 20; i++) await lb.get('/', { from: lb.block.at(9, 1) });
    expect([heard, socket.readyState]).toEqual(['', 'open']);
    socket.destroy();
  });

  test.each([
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    [
      'a length and an encoding',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['an unknown encoding', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a blank before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['no HTTP', 'hello\r\n\r\n'],
  ])('that send %s are refused and parted with', async (_, bytes) => {
    await using lb = await startTestPlane();
    let hits = 0;
    const { target } = await lb.target(() => hits++);
    await lb.apply([target]);
    await lb.states('healthy');
    const socket = connect({ host: lb.address, port: 8000 });
    socket.write(bytes);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\nServer: awselb\/2\.0\r\n/,
    );
    expect(hits).toBe(0);
  });

  test('may leave HTTP for WebSocket', async () => {
    await using lb = await startTestPlane();
    const { target, server } = await lb.target((_, response) => void response.end());
    server.on('upgrade', (request, socket: Socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${request.headers.upgrade}\r\nConnection: Upgrade\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    await lb.apply([target]);
    await lb.states('healthy');
    const socket = connect({ host: lb.address, port: 8000 });
    socket.setEncoding('utf8');
    socket.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [head] = (await once(socket, 'data')) as [string];
    expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nUpgrade: websocket/);
    socket.write('echo me');
    expect(await once(socket, 'data')).toEqual(['echo me']);
    socket.destroy();
  });

  test('upload, and a body without a length keeps its frame', async () => {
    await using lb = await startTestPlane();
    const { target } = await lb.target((request, response) => void request.pipe(response));
    await lb.apply([target]);
    await lb.states('healthy');
    const body = 'x'.repeat(300_000);
    expect((await lb.get('/', { method: 'POST', body })).body).toBe(body);
    const chunked = {
      method: 'DELETE',
      headers: { 'Transfer-Encoding': 'chunked' },
      body: 'GET /smuggled HTTP/1.1\r\n\r\n',
    };
    expect((await lb.get('/', chunked)).body).toBe(chunked.body);
  });
});

describe('the firewall', () => {
  test('sees the start of the body, blocks with 403 or its own page, and inserts headers', async () => {
    const seen: (number | undefined)[] = [];
    await using lb = await startTestPlane({
      inspect: async ({ path, body }) => {
        seen.push(body?.length);
        if (path === '/plain') return { action: 'block', status: 403, headers: [], custom: false, rule: 'r' };
        const custom = {
          status: 429,
          headers: [['x-why', 'rate']] as const,
          body: Buffer.from('slow'),
          custom: true,
        };
        if (path === '/custom') return { action: 'block', rule: 'r', ...custom };
        return { action: 'allow', insertHeaders: [['x-amzn-waf-stormproof-alb', 'alb']] };
      },
    });
    const { target } = await lb.target(async (request, response) => {
      let size = 0;
      for await (const chunk of request) size += chunk.length;
      response.end(`${size} ${request.headers['x-amzn-waf-stormproof-alb']}`);
    });
    await lb.apply([target], {
      loadBalancer: { webAclArn: 'arn:aws:wafv2:us-east-1:1:regional/webacl/a/1' },
    });
    await lb.states('healthy');
    expect(await lb.get('/plain')).toMatchObject({
      status: 403,
      headers: { server: 'awselb/2.0', 'content-length': '118' },
    });
    expect(await lb.get('/custom')).toMatchObject({
      status: 429,
      body: 'slow',
      headers: { 'x-why': 'rate' },
    });
    const headers = { 'x-amzn-waf-stormproof-alb': 'forged' };
    expect((await lb.get('/', { method: 'POST', body: 'abc', headers })).body).toBe('3 alb');
    expect((await lb.get('/', { method: 'POST', body: 'x'.repeat(500_000) })).body).toBe('500000 alb');
    expect(seen.slice(2)).toEqual([3, expect.any(Number)]);
    expect(seen[3]).toBeGreaterThan(8192);
  });
});

describe('a configuration', () => {
  test('redirects and answers by itself', async () => {
    await using lb = await startTestPlane();
    const rules = [
      {
        Priority: '1',
        Conditions: [{ Field: 'path-pattern', Values: ['/fixed'] }],
        Actions: [
          {
            Type: 'fixed-response' as const,
            FixedResponseConfig: { StatusCode: '418', MessageBody: 'tea', ContentType: 'text/plain' },
          },
        ],
      },
      {
        Priority: 'default',
        IsDefault: true,
        Actions: [
          {
            Type: 'redirect' as const,
            RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' as const },
          },
        ],
      },
    ];
    await lb.apply([], { listener: { rules } });
    expect(await lb.get('/fixed')).toMatchObject({ status: 418, body: 'tea' });
    expect(await lb.get('/a?b=c', { headers: { Host: 'artifacthub.example' } })).toMatchObject({
      status: 301,
      headers: {
        location: 'https://artifacthub.example:443/a?b=c',
        'content-length': '134',
        server: 'awselb/2.0',
      },
    });
  });

  test('that asks for what is not done here is refused with every problem, and nothing changes', async () => {
    await using lb = await startTestPlane();
    const { target } = await lb.target((_, response) => void response.end('still here'));
    await lb.apply([target]);
    await lb.states('healthy');
    const rules = [
      { Priority: 'default', IsDefault: true, Actions: [{ Type: 'authenticate-oidc' as const }] },
    ];
    const group = { attributes: { 'stickiness.enabled': 'true' } };
    expect(() => lb.plane.apply(testConfig(lb.address, [], { listener: { rules }, group }))).toThrow(
      /authenticate-oidc.*stickiness\.enabled/,
    );
    expect((await lb.get('/')).body).toBe('still here');
  });
});
