import { randomUUID } from 'node:crypto';
import type { Stack } from '../../../../provisioning/attach.ts';
import type { Deployment } from '../../../../provisioning/deployment/schema.ts';
import { clusterObservations } from './cluster-observations.ts';
import { databaseObservations } from './database-observations.ts';
import { askRaw } from './raw-dns.ts';
import type { RawAnswer } from './raw-http.ts';
import { rawGet, rawPost } from './raw-http.ts';
import { telemetryObservations } from './telemetry-observations.ts';

/** One look at the stack with nothing of the fixtures; the memo tells which pod or node, and is absent without a fault. */
export type Observation = (memo: unknown) => Promise<{ readonly there: boolean; readonly seen: unknown }>;

/** `directory` is the caller's, and goes with it. Who sees each fault, independently of its own proofs: sockets, datagrams, /proc and other people's clients. */
export async function observationsOf(
  stack: Stack,
  deployment: Deployment,
  directory: string,
): Promise<Readonly<Record<string, Observation>>> {
  const { descriptor } = stack;
  const domain = deployment.domain.name;
  const through =
    (judge: (answer: RawAnswer) => boolean, headers?: string): Observation =>
    async () => {
      const path = `${deployment.edge.uncachedPath}?observer=${randomUUID()}`;
      const seen = await rawGet(descriptor, domain, path, { headers });
      return { there: judge(seen), seen };
    };
  const ofStorage =
    (judge: (answer: RawAnswer) => boolean): Observation =>
    async () => {
      const seen = await rawGet(descriptor, domain, `/maintenance/${randomUUID()}.txt`);
      return { there: judge(seen), seen };
    };
  const fails = through(({ status }) => status !== 200);
  const slower = (ms: number) => through((answer) => answer.ms >= ms);
  return {
    'network-latency': slower(300),
    'network-jitter': spread(
      through(() => true),
      120,
    ),
    'network-bandwidth': through(({ ms }) => ms > 1000, `X-Observer: ${'o'.repeat(6000)}\r\n`),
    'network-cut': fails,
    'network-half-open': fails,
    'network-reset': fails,
    'network-refused': fails,
    'origin-refused': fails,
    'origin-hung': fails,
    'origin-slow': slower(350),
    'network-latency over edge-to-storage': ofStorage(({ ms }) => ms >= 300),
    'network-cut over edge-to-storage': ofStorage(({ status }) => Number(status) >= 500),
    ...dnsObservations(stack, domain),
    ...apiObservations(stack),
    ...telemetryObservations(stack, deployment),
    ...(await databaseObservations(stack, deployment)),
    ...clusterObservations(stack, directory),
  };
}

/** Ten looks in a row whose times lie further apart than so. */
function spread(look: Observation, ms: number): Observation {
  return async (memo) => {
    const times: number[] = [];
    for (let count = 0; count < 10; count++) times.push(((await look(memo)).seen as RawAnswer).ms);
    return { there: Math.max(...times) - Math.min(...times) >= ms, seen: times };
  };
}

function dnsObservations({ descriptor }: Stack, domain: string): Readonly<Record<string, Observation>> {
  const code =
    (wanted: string): Observation =>
    async () => {
      const seen = await askRaw(descriptor.dns, domain);
      return { there: seen.code === wanted, seen };
    };
  return {
    'dns-nxdomain': code('NXDOMAIN'),
    'dns-servfail': code('SERVFAIL'),
    'dns-slow': async () => {
      const seen = await askRaw(descriptor.dns, domain);
      return { there: seen.ms >= 690, seen };
    },
    'dns-wrong-answer': async () => {
      const seen = await askRaw(descriptor.dns, domain);
      return { there: seen.addresses.includes('127.255.255.254'), seen };
    },
    'dns-loss': async () => {
      const seen = await Promise.all(Array.from({ length: 20 }, () => askRaw(descriptor.dns, domain)));
      return {
        there: seen.some((answer) => answer.code === 'lost'),
        seen: seen.map((answer) => answer.code),
      };
    },
    // Route 53 has "after" while the name servers say "before"; without the fault there is no such record.
    'dns-stale': async (memo) => {
      const marker = (memo as { readonly before: { readonly marker: string } } | undefined)?.before.marker;
      if (!marker) return { there: false, seen: 'no marker' };
      const seen = await askRaw(descriptor.dns, marker, 'TXT');
      return { there: seen.texts.includes('before'), seen };
    },
  };
}

/** Requests by hand: the gateway wants a credential scope to route by, and no signature. */
function apiObservations({ descriptor }: Stack): Readonly<Record<string, Observation>> {
  const scope = (service: string) =>
    `Authorization: AWS4-HMAC-SHA256 Credential=OBSERVER/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00\r\n`;
  const endpoint = descriptor.aws.endpointUrl ?? '';
  const ssm = () =>
    rawPost(
      endpoint,
      `${scope('ssm')}Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: AmazonSSM.GetParameter\r\n`,
      JSON.stringify({ Name: descriptor.resources.databasePasswordParameter }),
    );
  const s3 = async () => {
    const startedMs = performance.now();
    const answer = await fetch(`${endpoint}/`, {
      headers: { authorization: scope('s3').slice('Authorization: '.length).trim() },
    });
    await answer.text();
    return { status: answer.status, ms: performance.now() - startedMs };
  };
  const gives =
    (ask: () => Promise<RawAnswer>, judge: (answer: RawAnswer) => boolean): Observation =>
    async () => {
      const seen = await ask();
      return { there: judge(seen), seen };
    };
  return {
    's3-errors': gives(s3, ({ status }) => status === 500),
    's3-throttled': gives(s3, ({ status }) => status === 503),
    's3-slow': gives(s3, ({ ms }) => ms >= 990),
    'ssm-errors': gives(ssm, ({ status }) => status === 500),
    'ssm-throttled': gives(ssm, ({ status }) => status === 400),
  };
}
