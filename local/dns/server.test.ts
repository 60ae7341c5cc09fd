import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { decode, encode, type Packet, RECURSION_DESIRED, streamDecode, streamEncode } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClock } from '../base/clock.ts';
import { claimLoopbackBlock } from '../base/loopback.ts';
import { createRandom } from '../base/random.ts';
import type { ZoneView } from './answer.ts';
import { parseQuery } from './query.ts';
import { respond } from './respond.ts';
import { type DnsServer, startDnsServer } from './server.ts';
import { type DnsZone, indexZones } from './zone-index.ts';

const soa = 'ns-1.awsdns-01.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400';
const nameServers = ['ns-1.awsdns-01.com.', 'ns-2.awsdns-02.net.'];
const cloudFrontZoneId = 'Z2FDTNDATAQYW2';

const zones: DnsZone[] = [
  {
    name: 'artifacthub.example.',
    soa,
    nameServers,
    recordSets: [
      alias('artifacthub.example.', 'A', 'd1.cloudfront.net.'),
      alias('artifacthub.example.', 'AAAA', 'd1.cloudfront.net.'),
      record('artifacthub.example.', 'CAA', 300, '0 issue "amazon.com"'),
      record('artifacthub.example.', 'MX', 300, '10 mail.artifacthub.example'),
      record('www.artifacthub.example.', 'CNAME', 120, 'd1.cloudfront.net'),
      record('loop.artifacthub.example.', 'CNAME', 120, 'loop.artifacthub.example'),
      record('\\052.preview.artifacthub.example.', 'A', 30, '127.0.0.9'),
      record('a.known.preview.artifacthub.example.', 'A', 30, '127.0.0.8'),
      record('text.artifacthub.example.', 'TXT', 30, '"one two" "thr\\145e"'),
      record(
        'big.artifacthub.example.',
        'TXT',
        30,
        ...Array.from({ length: 9 }, (_, n) => `"${n}${'x'.repeat(200)}"`),
      ),
      record('team.artifacthub.example.', 'NS', 60, 'ns.team.example'),
    ],
  },
  {
    name: 'cloudfront.net',
    soa,
    nameServers,
    recordSets: [record('d1.cloudfront.net', 'A', 5, '127.0.0.1', '127.0.0.2', '127.0.0.3')],
  },
];

test('an apex alias answers with the target addresses, TTL 60 and no CNAME', async () => {
  await using server = await started();
  const reply = await ask(server, 'artifacthub.example', 'A');
  expect(reply.flag_aa).toBe(true);
  expect(reply.flag_ra).toBe(false);
  expect(reply.answers?.map((a) => [a.name, a.type, 'ttl' in a && a.ttl])).toEqual(
    Array(3).fill(['artifacthub.example', 'A', 60]),
  );
  const resolver = new Resolver();
  resolver.setServers([`${server.address.address}:${server.address.port}`]);
  expect((await resolver.resolve4('artifacthub.example')).sort()).toEqual([
    '127.0.0.1',
    '127.0.0.2',
    '127.0.0.3',
  ]);
  expect(await resolver.resolveCaa('artifacthub.example')).toMatchObject([{ issue: 'amazon.com' }]);
  expect(await resolver.resolveMx('artifacthub.example')).toMatchObject([
    { priority: 10, exchange: 'mail.artifacthub.example' },
  ]);
  expect(await resolver.resolveTxt('text.artifacthub.example')).toEqual([['one two', 'three']]);
  expect((await resolver.resolveNs('artifacthub.example')).length).toBe(2);
  expect(await resolver.resolveSoa('artifacthub.example')).toMatchObject({ minttl: 86400 });
});

test('successive answers turn the order of the addresses', async () => {
  await using server = await started();
  const firsts = new Set<unknown>();
  for (let n = 0; n < 3; n++) {
    const [first] = (await ask(server, 'd1.cloudfront.net', 'A')).answers ?? [];
    firsts.add(first && 'data' in first ? first.data : undefined);
  }
  expect(firsts.size).toBe(3);
});

test('a name with another type is NODATA, an absent one NXDOMAIN, both with the SOA for 900 s', async () => {
  await using server = await started();
  for (const [name, type, code] of [
    ['artifacthub.example', 'AAAA', 'NOERROR'],
    ['preview.artifacthub.example', 'A', 'NOERROR'],
    ['absent.artifacthub.example', 'A', 'NXDOMAIN'],
    ['x.known.preview.artifacthub.example', 'A', 'NXDOMAIN'],
  ] as const) {
    const reply = await ask(server, name, type);
    expect([name, rcode(reply), reply.answers]).toEqual([name, code, []]);
    expect(reply.authorities).toMatchObject([{ type: 'SOA', name: 'artifacthub.example', ttl: 900 }]);
  }
});

test('wildcards match below their closest encloser, whatever the octets of the name', async () => {
  await using server = await started();
  for (const name of ['pr-1.preview.artifacthub.example', 'a.B.preview.artifacthub.example'])
    expect((await ask(server, name, 'A')).answers).toMatchObject([{ name, data: '127.0.0.9' }]);
});

test('a CNAME is followed through the server’s zones and a loop ends', async () => {
  await using server = await started();
  const reply = await ask(server, 'www.artifacthub.example', 'A');
  expect(reply.answers?.map((a) => a.type)).toEqual(['CNAME', 'A', 'A', 'A']);
  expect((await ask(server, 'loop.artifacthub.example', 'A')).answers?.length).toBe(1);
});

test('the reply keeps the spelling of the question', async () => {
  await using server = await started();
  const reply = await ask(server, 'ArtifactHub.EXAMPLE', 'A');
  expect(reply.questions?.[0]?.name).toBe('ArtifactHub.EXAMPLE');
  expect(reply.answers?.[0]?.name).toBe('ArtifactHub.EXAMPLE');
});

test('a delegated name is a referral without authority', async () => {
  await using server = await started();
  const reply = await ask(server, 'host.team.artifacthub.example', 'A');
  expect(reply.flag_aa).toBe(false);
  expect(reply.authorities).toMatchObject([{ name: 'team.artifacthub.example', data: 'ns.team.example' }]);
});

test('names outside the zones, other classes, transfers and opcodes are refused each in its way', async () => {
  await using server = await started();
  expect(rcode(await ask(server, 'elsewhere.example', 'A'))).toBe('REFUSED');
  expect(rcode(await ask(server, 'artifacthub.example', 'AXFR'))).toBe('REFUSED');
  const chaos = { ...query('artifacthub.example', 'TXT') };
  chaos.questions = [{ name: 'version.bind', type: 'TXT', class: 'CH' }];
  expect(rcode(await send(server, encode(chaos)))).toBe('REFUSED');
  const status = encode(query('artifacthub.example', 'A'));
  status.writeUInt16BE(2 << 11, 2);
  expect(rcode(await send(server, status))).toBe('NOTIMP');
  expect(rcode(await send(server, encode({ type: 'query', id: 7 })))).toBe('FORMERR');
});

test('an answer too long for its datagram is truncated, and whole over TCP or with EDNS', async () => {
  await using server = await started();
  const short = await ask(server, 'big.artifacthub.example', 'TXT');
  expect([short.flag_tc, short.answers]).toEqual([true, []]);
  const large = query('big.artifacthub.example', 'TXT');
  large.additionals = [optOf({ size: 4096, version: 0 })];
  expect((await send(server, encode(large))).answers?.length).toBe(9);
  const [first, second] = await askOverTcp(server, [
    query('big.artifacthub.example', 'TXT'),
    query('artifacthub.example', 'A'),
  ]);
  expect([first?.answers?.length, second?.answers?.length]).toEqual([9, 3]);
});

test('an unknown EDNS version is BADVERS', async () => {
  await using server = await started();
  const future = query('artifacthub.example', 'A');
  future.additionals = [optOf({ size: 1232, version: 1 })];
  expect((await send(server, encode(future))).additionals).toMatchObject([{ type: 'OPT', extendedRcode: 1 }]);
});

test('hostile packets get a well-formed reply or silence, and the server goes on', async () => {
  const index = indexZones(zones);
  const view: ZoneView = {
    zonesFor: () => index,
    insteadOf: () => undefined,
    healthy: () => true,
    draw: () => 0,
  };
  const good = encode({
    ...query('www.artifacthub.example', 'A'),
    additionals: [optOf({ size: 512, version: 0 })],
  });
  const damaged = fc
    .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 })
    .map((edits) => edits.reduce((bytes, [at, value]) => bytes.fill(value, at, at + 1), Buffer.from(good)));
  const cut = fc.nat(good.length).map((length) => good.subarray(0, length));
  const noise = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(damaged, cut, noise), (message) => {
      const parsed = parseQuery(message);
      if (!parsed) return;
      const reply = respond(view, parsed, { transport: 'udp', rotation: 1 });
      expect(reply.length).toBeLessThanOrEqual(4096);
      expect(reply.readUInt16BE(0)).toBe(message.readUInt16BE(0));
      expect(decode(reply).type).toBe('response');
    }),
    { numRuns: 2000 },
  );
  await using server = await started();
  await sendOnly(server, Buffer.from('garbage that is longer than a header'));
  expect(rcode(await ask(server, 'artifacthub.example', 'A'))).toBe('NOERROR');
});

test('a failover alias follows the health of what it leads to, and of its own check', async () => {
  const unhealthy = new Set<string>();
  await using server = await started((id) => !unhealthy.has(id));
  const checked = (name: string, address: string) => ({
    ...record(name, 'A', 30, address),
    SetIdentifier: name,
    Weight: 1,
    HealthCheckId: name,
  });
  const failover = (Failover: 'PRIMARY' | 'SECONDARY', target: string, EvaluateTargetHealth: boolean) => ({
    ...alias('shop.example.', 'A', target),
    AliasTarget: { HostedZoneId: 'Z1', DNSName: target, EvaluateTargetHealth },
    SetIdentifier: Failover,
    Failover,
  });
  server.apply([
    {
      name: 'shop.example.',
      soa,
      nameServers,
      recordSets: [
        failover('PRIMARY', 'main.shop.example.', true),
        failover('SECONDARY', 'spare.shop.example.', false),
        checked('main.shop.example.', '127.0.0.1'),
        checked('spare.shop.example.', '127.0.0.2'),
      ],
    },
  ]);
  const address = async () =>
    (await ask(server, 'shop.example', 'A')).answers?.map((each) => ('data' in each ? each.data : undefined));
  expect(await address()).toEqual(['127.0.0.1']);
  unhealthy.add('main.shop.example.');
  expect(await address()).toEqual(['127.0.0.2']);
  // Nobody asked for the spare's health to count, and the only record of its name is the answer.
  unhealthy.add('spare.shop.example.');
  expect(await address()).toEqual(['127.0.0.2']);
  unhealthy.clear();
  expect(await address()).toEqual(['127.0.0.1']);
});

test('a zone that cannot be served changes nothing', async () => {
  await using server = await started();
  const broken = {
    name: 'b.example',
    soa,
    nameServers,
    recordSets: [record('b.example', 'A', 1, 'not-an-address')],
  };
  expect(() => server.apply([broken])).toThrow();
  expect(rcode(await ask(server, 'artifacthub.example', 'A'))).toBe('NOERROR');
});

async function started(healthy: (id: string) => boolean = () => true): Promise<DnsServer> {
  const block = await claimLoopbackBlock();
  const clock = createClock({ speed: 10 });
  const server = await startDnsServer({
    addresses: [block.at(0, 53)],
    port: 0,
    clock,
    random: createRandom(1),
    healthy,
  });
  server.apply(zones);
  return {
    ...server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await block[Symbol.asyncDispose]();
    },
  };
}

function alias(name: string, type: 'A' | 'AAAA', target: string): DnsZone['recordSets'][number] {
  const AliasTarget = { HostedZoneId: cloudFrontZoneId, DNSName: target, EvaluateTargetHealth: false };
  return { Name: name, Type: type, AliasTarget };
}

function record(
  Name: string,
  Type: DnsZone['recordSets'][number]['Type'],
  TTL: number,
  ...values: string[]
): DnsZone['recordSets'][number] {
  return { Name, Type, TTL, ResourceRecords: values.map((Value) => ({ Value })) };
}

function query(name: string, type: 'A' | 'AAAA' | 'TXT' | 'AXFR'): Packet {
  return { type: 'query', id: 4711, flags: RECURSION_DESIRED, questions: [{ name, type, class: 'IN' }] };
}

function optOf({ size, version }: { size: number; version: number }) {
  return {
    type: 'OPT' as const,
    name: '.',
    udpPayloadSize: size,
    extendedRcode: 0,
    ednsVersion: version,
    flags: 0,
    flag_do: false,
    options: [],
  };
}

function rcode(reply: object): unknown {
  return 'rcode' in reply ? reply.rcode : undefined;
}

function ask(server: DnsServer, name: string, type: 'A' | 'AAAA' | 'TXT' | 'AXFR') {
  return send(server, encode(query(name, type)));
}

async function send({ address: { address, port } }: DnsServer, message: Buffer) {
  const socket = createSocket('udp4');
  try {
    socket.send(message, port, address);
    const [reply] = (await once(socket, 'message')) as [Buffer];
    return decode(reply);
  } finally {
    socket.close();
  }
}

async function sendOnly({ address: { address, port } }: DnsServer, message: Buffer): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send(message, port, address, resolve));
  socket.close();
}

async function askOverTcp({ address: { address, port } }: DnsServer, queries: Packet[]): Promise<Packet[]> {
  const socket = connect(port, address);
  const replies: Packet[] = [];
  let pending = Buffer.alloc(0);
  socket.write(Buffer.concat(queries.map((each) => streamEncode(each))));
  for await (const chunk of socket) {
    pending = Buffer.concat([pending, chunk as Buffer]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      replies.push(streamDecode(pending));
      pending = pending.subarray(2 + pending.readUInt16BE(0));
    }
    if (replies.length === queries.length) break;
  }
  return replies;
}
