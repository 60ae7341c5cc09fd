import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foreignClient } from './testing/foreign-client.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

let place: Workplace;
let environment: Record<string, string> = {};

beforeAll(async () => {
  place = openWorkplace();
  expect(await place.stormproof(['up'])).toMatchObject({ exitCode: 0 });
  environment = JSON.parse((await place.stormproof(['env', '--json'])).stdout);
});
afterAll(() => place[Symbol.asyncDispose]());

const sql = 'select inet_server_addr(), ssl from pg_stat_ssl where pid = pg_backend_pid()';

test('dig resolves the apex to the edge', async (context) => {
  const dig = foreignClient('dig', context);
  const [address, port] = String(environment.STORMPROOF_DNS).split(':');
  const apex = (await dig(`@${address}`, '-p', String(port), '+short', 'artifacthub.example', 'A')).split(
    '\n',
  );
  const [, , edge] = String(environment.STORMPROOF_CONNECT_TO).split(':');
  expect(apex).toContain(edge);
});

test('curl gets the page through the edge with the private CA, and not without it', async (context) => {
  const curl = foreignClient('curl', context);
  const to = ['--connect-to', String(environment.STORMPROOF_CONNECT_TO), 'https://artifacthub.example/'];
  const answer = await curl('-sS', '-i', '--cacert', String(environment.STORMPROOF_WEB_CA), ...to);
  expect(answer).toMatch(/^HTTP\/\S+ 200/);
  expect(answer).toMatch(/^x-amz-cf-id: /im);
  expect(answer).toContain('Artifact Hub');
  await expect(curl('-sS', ...to)).rejects.toMatchObject({ code: 60 });
});

test('psql connects over TLS and verifies name and authority', async (context) => {
  const psql = foreignClient('psql', context, environment);
  expect(environment.PGSSLMODE).toBe('verify-full');
  expect(await psql('-At', '-c', sql)).toBe(`${environment.PGHOSTADDR}|t\n`);
  const elsewhere = foreignClient('psql', context, { ...environment, PGHOST: 'elsewhere.example' });
  await expect(elsewhere('-At', '-c', sql)).rejects.toThrow('elsewhere.example');
});

test('aws reboots the database with failover: the primary is in another zone, at another address', async (context) => {
  const aws = foreignClient('aws', context, environment);
  const rds = (...args: readonly string[]) =>
    aws('rds', '--endpoint-url', String(environment.AWS_ENDPOINT_URL), '--output', 'json', ...args);
  const instance = async () => JSON.parse(await rds('describe-db-instances')).DBInstances[0];
  const before = await instance();
  await rds(
    'reboot-db-instance',
    '--db-instance-identifier',
    before.DBInstanceIdentifier,
    '--force-failover',
  );
  const after = await until('the database to be available and Multi-AZ again', 120_000, async () => {
    const seen = await instance();
    return seen.DBInstanceStatus === 'available' && seen.SecondaryAvailabilityZone ? seen : undefined;
  });
  expect(after.AvailabilityZone).not.toBe(before.AvailabilityZone);
  expect(after.SecondaryAvailabilityZone).toBe(before.AvailabilityZone);
  const fresh = JSON.parse((await place.stormproof(['env', '--json'])).stdout);
  expect(fresh.PGHOSTADDR).not.toBe(environment.PGHOSTADDR);
  const psql = foreignClient('psql', context, fresh);
  expect(await psql('-At', '-c', sql)).toBe(`${fresh.PGHOSTADDR}|t\n`);
});

describe('kubectl', () => {
  const namespace = ['-n', 'artifacthub'];
  const hub = 'app.kubernetes.io/name=hub';

  test('prints the usual tables', async (context) => {
    const kubectl = foreignClient('kubectl', context, environment);
    const tables = await kubectl('get', 'nodes,pods,deploy,hpa,ingress', '-A');
    for (const header of [
      /^NAME +STATUS +ROLES +AGE +VERSION$/m,
      /^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE$/m,
      /^NAMESPACE +NAME +READY +UP-TO-DATE +AVAILABLE +AGE$/m,
      /^NAMESPACE +NAME +REFERENCE +TARGETS +MINPODS +MAXPODS +REPLICAS +AGE$/m,
      /^NAMESPACE +NAME +CLASS +HOSTS +ADDRESS +PORTS +AGE$/m,
    ])
      expect(tables).toMatch(header);
    expect(tables.match(/ pod\/hub-\S+ +1\/1 +Running/g)).toHaveLength(3);
    // The ingress names no host: every name that CloudFront forwards is the application's.
    expect(tables).toMatch(/ ingress\S*\/hub +alb +\* +k8s-\S+\.elb\.amazonaws\.com /);
  });

  test('reads the logs of the pods', async (context) => {
    const kubectl = foreignClient('kubectl', context, environment);
    const curl = foreignClient('curl', context);
    const canary = crypto.randomUUID();
    const { STORMPROOF_CONNECT_TO: to = '', STORMPROOF_WEB_CA: authority = '' } = environment;
    const url = `https://artifacthub.example/api/v1/log?canary=${canary}`;
    await curl('-sSf', '-X', 'POST', '--cacert', authority, '--connect-to', to, url);
    const lines = (await kubectl(...namespace, 'logs', '-l', hub, '--tail=-1')).trim().split('\n');
    const messages = lines.map((line) => JSON.parse(line));
    expect(messages).toContainEqual(expect.objectContaining({ message: 'canary', canary }));
  });

  test('deletes a pod, and another takes its place', async (context) => {
    const kubectl = foreignClient('kubectl', context, environment);
    const pods = async () =>
      (await kubectl(...namespace, 'get', 'pods', '-l', hub, '-o', 'name')).trim().split('\n');
    const [first = '', ...others] = await pods();
    await kubectl(...namespace, 'delete', first);
    await kubectl(...namespace, 'rollout', 'status', 'deploy/hub', '--timeout=60s');
    const after = await pods();
    expect(after).toHaveLength(others.length + 1);
    expect(after).not.toContain(first);
    expect(after).toEqual(expect.arrayContaining(others));
  });

  test('scales the deployment', async (context) => {
    const kubectl = foreignClient('kubectl', context, environment);
    const jsonpath = ['-o', 'jsonpath={.spec.replicas} {.status.readyReplicas}'];
    // It would take the fourth pod away again at its next look.
    await kubectl(...namespace, 'delete', 'hpa', 'hub');
    await kubectl(...namespace, 'scale', 'deploy/hub', '--replicas=4');
    await kubectl(...namespace, 'rollout', 'status', 'deploy/hub', '--timeout=60s');
    expect(await kubectl(...namespace, 'get', 'deploy/hub', ...jsonpath)).toBe('4 4');
  });
});
