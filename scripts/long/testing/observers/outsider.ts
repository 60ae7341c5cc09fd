import { execFile } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import type { StackDescriptor } from '../../../../provisioning/stack.ts';

const execute = promisify(execFile);

/** Whoever sees a stack without any of our code: programs of others, and bare sockets. */
export interface Outsider {
  /** A request through the edge; the status, the answer's headers and its text. */
  viewer(path: string, method?: string): Promise<Seen>;
  /** The same to the load balancer itself, from an address that CloudFront's requests come from. */
  edge(path: string): Promise<Seen>;
  /** What the load balancer presents to CloudFront, or why it does not. */
  presented(): Promise<
    { readonly names: string; readonly notAfter: string; readonly fingerprint: string } | string
  >;
  /** Wall milliseconds after which the load balancer closes a connection that says nothing more. */
  idleWallMs(): Promise<number>;
  kubectl(...args: readonly string[]): Promise<unknown>;
  aws(...args: readonly string[]): Promise<unknown>;
  /** What psql says to `select 1` over a new connection. */
  psql(): Promise<string>;
}

export type Seen = { readonly status: number; readonly head: string; readonly body: string } | string;

export async function createOutsider(
  environment: Readonly<Record<string, string>>,
  { resources, dns }: StackDescriptor,
  domain: string,
): Promise<Outsider> {
  const run = async (program: string, args: readonly string[]): Promise<string> => {
    const { PATH, HOME, LANG } = process.env;
    const env = { PATH, HOME, LANG, ...environment };
    return (await execute(program, [...args], { env, timeout: 90_000, maxBuffer: 2 ** 24 })).stdout;
  };
  const aws: Outsider['aws'] = async (...args) =>
    JSON.parse(
      await run('aws', ['--endpoint-url', environment.AWS_ENDPOINT_URL ?? '', '--output', 'json', ...args]),
    );
  const from = await originFacing(aws);
  const resolver = new Resolver();
  resolver.setServers([`${dns.address}:${dns.port}`]);
  const [host = ''] = await resolver.resolve4(resources.loadBalancerDnsName);
  const ca = environment.STORMPROOF_WEB_CA ?? '';
  const curl = async (path: string, ...how: readonly string[]): Promise<Seen> => {
    const args = [
      '-sS',
      '-i',
      '--http1.1',
      '--max-time',
      '60',
      '--cacert',
      ca,
      ...how,
      `https://${domain}${path}`,
    ];
    return run('curl', args).then(seenIn, sayOf);
  };
  return {
    aws,
    viewer: (path, method = 'GET') =>
      curl(path, '-X', method, '--connect-to', environment.STORMPROOF_CONNECT_TO ?? ''),
    edge: (path) =>
      curl(path, '--interface', from, '--connect-to', `::${host}:443`, '--connect-timeout', '3'),
    presented: () => presented({ host, from, servername: domain }),
    idleWallMs: () => idleWallMs({ host, from, servername: domain, ca: readFileSync(ca) }),
    kubectl: async (...args) => JSON.parse(await run('kubectl', [...args, '-o', 'json'])),
    psql: () => run('psql', ['-At', '-c', 'select 1']).then((text) => text.trim(), sayOf),
  };
}

/** An address of the managed prefix list that the load balancer's security group lets in. */
async function originFacing(aws: Outsider['aws']): Promise<string> {
  const { PrefixLists } = (await aws('ec2', 'describe-managed-prefix-lists')) as {
    PrefixLists: { PrefixListId: string; PrefixListName: string }[];
  };
  const list = PrefixLists.find(({ PrefixListName }) => PrefixListName.includes('origin-facing'));
  const { Entries } = (await aws(
    'ec2',
    'get-managed-prefix-list-entries',
    '--prefix-list-id',
    list?.PrefixListId ?? '',
  )) as { Entries: { Cidr: string }[] };
  // The last of the block: no server of the edge has it.
  const [address = ''] = (Entries[0]?.Cidr ?? '').split('/');
  return address.replace(/\d+$/, '250');
}

function seenIn(text: string): Seen {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/\S+ (\d+)/.exec(head)?.[1]),
    head: head.toLowerCase(),
    body: rest.join('\r\n\r\n'),
  };
}

function sayOf(error: unknown): string {
  return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
}

interface To {
  readonly host: string;
  readonly from: string;
  readonly servername: string;
  readonly ca?: Buffer;
}

function presented({ host, from, servername }: To): ReturnType<Outsider['presented']> {
  return new Promise((resolve) => {
    const socket = connect({ socket: tcp(host, from), servername, rejectUnauthorized: false });
    const finish = (result: Awaited<ReturnType<Outsider['presented']>>) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(3000, () => finish('no answer'));
    socket.once('error', (error) => finish(error.message));
    socket.once('secureConnect', () => {
      const {
        subjectaltname = '',
        valid_to: notAfter,
        fingerprint256: fingerprint,
      } = socket.getPeerCertificate();
      finish({ names: subjectaltname, notAfter, fingerprint });
    });
  });
}

/** TLS alone cannot be told where to come from. */
function tcp(host: string, localAddress: string): Socket {
  return connectTcp({ host, port: 443, localAddress });
}

function idleWallMs({ host, from, servername, ca }: To): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ socket: tcp(host, from), servername, ca });
    let startedMs = performance.now();
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      startedMs = performance.now();
      socket.write(`GET /api/v1/whoami HTTP/1.1\r\nhost: ${servername}\r\n\r\n`);
    });
    socket.on('data', () => {
      startedMs = performance.now();
    });
    socket.once('close', () => resolve(performance.now() - startedMs));
  });
}
