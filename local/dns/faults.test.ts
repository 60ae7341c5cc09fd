import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { decode, encode, type Packet, RECURSION_DESIRED, streamDecode, streamEncode } from 'dns-packet';
import { expect, test } from 'vitest';
import { createClock } from '../base/clock.ts';
import { claimLoopbackBlock } from '../base/loopback.ts';
import type { DnsEffect } from '../base/plane-fault.ts';
import { createRandom } from '../base/random.ts';
import { type DnsServer, startDnsServer } from './server.ts';
import type { DnsZone } from './zone-index.ts';

const soa = 'ns-1.awsdns-01.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400';

/** The same deployment with its records at one address or at another. */
function zonesAt(address: string): DnsZone[] {
  const record = (Name: string, Type: 'A' | 'CNAME', Value: string) => ({
    Name,
    Type,
    TTL: 30,
    ResourceRecords: [{ Value }],
  });
  return [
    {
      name: 'shop.example',
      soa,
      nameServers: ['ns-1.awsdns-01.com.'],
      recordSets: [
        record('shop.example', 'A', address),
        record('api.shop.example', 'A', address),
        record('deep.api.shop.example', 'A', address),
        record('alias.shop.example', 'CNAME', 'api.shop.example'),
        record('notapi.shop.example', 'A', address),
      ],
    },
  ];
}

const transports = ['udp', 'tcp'] as const;

test.each(transports)(
  'over %s a name and all below it do not exist, with the SOA, until mended',
  async (transport) => {
    await using server = await started();
    await breakName(server, 'a', { kind: 'nxdomain' });
    for (const name of ['api.shop.example', 'API.shop.example', 'deep.api.shop.example'])
      expect(await ask(server, name, transport)).toMatchObject({
        rcode: 'NXDOMAIN',
        flag_aa: true,
        answers: [],
        authorities: [{ type: 'SOA', name: 'shop.example', ttl: 900 }],
      });
    expect(await ask(server, 'alias.shop.example', transport)).toMatchObject({
      rcode: 'NXDOMAIN',
      answers: [{ type: 'CNAME' }],
    });
    for (const name of ['shop.example', 'notapi.shop.example'])
      expect(await addressesOf(server, name, transport)).toEqual(['127.0.0.1']);
    await server.mend('a');
    expect(await addressesOf(server, 'alias.shop.example', transport)).toEqual(['127.0.0.1']);
  },
);

test.each(transports)('over %s a name fails to be served', async (transport) => {
  await using server = await started();
  await breakName(server, 'a', { kind: 'servfail' });
  expect(await ask(server, 'api.shop.example', transport)).toMatchObject({
    rcode: 'SERVFAIL',
    flag_aa: false,
    answers: [],
    authorities: [],
  });
  await server.mend('a');
  expect(await addressesOf(server, 'api.shop.example', transport)).toEqual(['127.0.0.1']);
});

test.each(transports)('over %s answers come late, by the sum of what slows them', async (transport) => {
  await using server = await started();
  await breakName(server, 'a', { kind: 'slow', delayWallMs: 80 });
  await breakName(server, 'b', { kind: 'slow', delayWallMs: 40 });
  expect(await wallMs(() => ask(server, 'api.shop.example', transport))).toBeGreaterThanOrEqual(119);
  await server.mend('a');
  expect(await wallMs(() => ask(server, 'api.shop.example', transport))).toBeGreaterThanOrEqual(39);
  await server.mend('b');
  const look = () => wallMs(() => ask(server, 'api.shop.example', transport));
  await expect.poll(look, { timeout: 30_000 }).toBeLessThan(39);
});

test.each(transports)(
  'over %s answers stay those of the moment it began, whatever is applied',
  async (transport) => {
    await using server = await started();
    await breakName(server, 'a', { kind: 'stale' });
    server.apply(zonesAt('127.0.0.2'));
    // Breaking it again is the same as once: the moment stays.
    await breakName(server, 'a', { kind: 'stale' });
    server.apply([]);
    expect(await addressesOf(server, 'deep.api.shop.example', transport)).toEqual(['127.0.0.1']);
    expect(await ask(server, 'shop.example', transport)).toMatchObject({ rcode: 'REFUSED' });
    server.apply(zonesAt('127.0.0.2'));
    expect(await addressesOf(server, 'alias.shop.example', transport)).toEqual(['127.0.0.1']);
    expect(await addressesOf(server, 'shop.example', transport)).toEqual(['127.0.0.2']);
    await server.mend('a');
    expect(await addressesOf(server, 'api.shop.example', transport)).toEqual(['127.0.0.2']);
  },
);

test.each(transports)('over %s a wrong address is given, with the TTL of the true one', async (transport) => {
  await using server = await started();
  await breakName(server, 'a', { kind: 'wrong-answer', address: '127.9.9.9' });
  expect(await ask(server, 'api.shop.example', transport)).toMatchObject({
    rcode: 'NOERROR',
    answers: [{ name: 'api.shop.example', type: 'A', ttl: 30, data: '127.9.9.9' }],
  });
  expect(await addressesOf(server, 'alias.shop.example', transport)).toEqual(['127.9.9.9']);
  await server.mend('a');
  expect(await addressesOf(server, 'api.shop.example', transport)).toEqual(['127.0.0.1']);
});

test('a share of the answers over UDP is lost, none over TCP', async () => {
  await using server = await started();
  await breakName(server, 'a', { kind: 'loss', share: 0.5 });
  let answered = 0;
  // A few at a time: a burst would overflow the socket's buffer, which is another loss.
  for (let round = 0; round < 20; round++) answered += await countAnswered(server, 'api.shop.example', 20);
  expect(answered).toBeGreaterThan(140);
  expect(answered).toBeLessThan(260);
  expect(await countAnswered(server, 'shop.example', 20)).toBe(20);
  for (let n = 0; n < 20; n++)
    expect(await addressesOf(server, 'api.shop.example', 'tcp')).toEqual(['127.0.0.1']);
  await server.mend('a');
  expect(await countAnswered(server, 'api.shop.example', 20)).toBe(20);
});

test('several faults stand at once, the gravest word counts, and mending one leaves the others', async () => {
  await using server = await started();
  await breakName(server, 'wrong', { kind: 'wrong-answer', address: '127.9.9.9' });
  await breakName(server, 'gone', { kind: 'nxdomain' });
  await server.break('all', { plane: 'dns', name: 'shop.example.', effect: { kind: 'servfail' } });
  const rcode = async () => (await ask(server, 'api.shop.example', 'udp')).rcode;
  expect(await rcode()).toBe('SERVFAIL');
  await server.mend('all');
  expect(await rcode()).toBe('NXDOMAIN');
  await server.mend('gone');
  await server.mend('gone');
  await server.mend('never broken');
  expect(await addressesOf(server, 'api.shop.example', 'udp')).toEqual(['127.9.9.9']);
});

test('an effect that cannot be had is refused, and breaks nothing', async () => {
  await using server = await started();
  for (const effect of [
    { kind: 'loss', share: 2 },
    { kind: 'slow', delayWallMs: -1 },
    { kind: 'wrong-answer', address: 'elsewhere' },
  ] as const)
    await expect(breakName(server, 'a', effect)).rejects.toThrow('Cannot break DNS');
  expect(await addressesOf(server, 'api.shop.example', 'udp')).toEqual(['127.0.0.1']);
});

test('a server that closes keeps nobody waiting for a late answer', async () => {
  const server = await started();
  await breakName(server, 'a', { kind: 'slow', delayWallMs: 60_000 });
  const socket = createSocket('udp4');
  const { address, port } = server.address;
  await new Promise((resolve) => socket.send(encode(query('api.shop.example')), port, address, resolve));
  await server[Symbol.asyncDispose]();
  socket.close();
});

async function started(): Promise<DnsServer> {
  const block = await claimLoopbackBlock();
  const clock = createClock({ speed: 10 });
  const random = createRandom(1);
  const server = await startDnsServer({
    addresses: [block.at(0, 53)],
    port: 0,
    clock,
    random,
    healthy: () => true,
  });
  server.apply(zonesAt('127.0.0.1'));
  return {
    ...server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await block[Symbol.asyncDispose]();
    },
  };
}

function breakName(server: DnsServer, id: string, effect: DnsEffect): Promise<void> {
  return server.break(id, { plane: 'dns', name: 'api.shop.example', effect });
}

function query(name: string, id = 4711): Packet {
  return { type: 'query', id, flags: RECURSION_DESIRED, questions: [{ name, type: 'A', class: 'IN' }] };
}

type Replied = Packet & { readonly rcode?: string };

function ask(server: DnsServer, name: string, transport: 'udp' | 'tcp'): Promise<Replied> {
  return transport === 'udp' ? askOverUdp(server, name) : askOverTcp(server, name);
}

async function askOverUdp({ address: { address, port } }: DnsServer, name: string): Promise<Replied> {
  const socket = createSocket('udp4');
  try {
    socket.send(encode(query(name)), port, address);
    const [reply] = (await once(socket, 'message')) as [Buffer];
    return decode(reply);
  } finally {
    socket.close();
  }
}

async function askOverTcp({ address: { address, port } }: DnsServer, name: string): Promise<Replied> {
  const socket = connect(port, address);
  try {
    socket.write(streamEncode(query(name)));
    const [reply] = (await once(socket, 'data')) as [Buffer];
    return streamDecode(reply);
  } finally {
    socket.destroy();
  }
}

async function addressesOf(server: DnsServer, name: string, transport: 'udp' | 'tcp'): Promise<unknown[]> {
  const { answers = [] } = await ask(server, name, transport);
  return answers.filter(({ type }) => type === 'A').map((answer) => ('data' in answer ? answer.data : ''));
}

/** All questions and then one that nothing loses: what has not come before its answer was lost. */
async function countAnswered({ address: { address, port } }: DnsServer, name: string, questions: number) {
  const socket = createSocket('udp4');
  const answered = new Set<number>();
  const last = Promise.withResolvers<void>();
  socket.on('message', (message) => {
    const { id = 0 } = decode(message);
    if (id === 0xffff) last.resolve();
    else answered.add(id);
  });
  for (let id = 0; id < questions; id++) socket.send(encode(query(name, id)), port, address);
  socket.send(encode(query('notapi.shop.example', 0xffff)), port, address);
  await last.promise;
  socket.close();
  return answered.size;
}

async function wallMs(task: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await task();
  return performance.now() - startedMs;
}
