import { readFileSync } from 'node:fs';
import type { DBInstance } from '@aws-sdk/client-rds';
import { RDS } from '@aws-sdk/client-rds';
import pg from 'pg';
import type { TestContext } from 'vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import { inRepository } from '../repository.ts';
import { foreignClientByName } from './testing/by-name.ts';
import { foreignClient } from './testing/foreign-client.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

const deployment = readDeployment(inRepository('provisioning/deployments/artifacthub.yaml'));
const database = {
  DBInstanceIdentifier: deployment.database === 'none' ? '' : deployment.database.identifier,
};
let place: Workplace;
let environment: Record<string, string> = {};
let rds: RDS;

beforeAll(async () => {
  place = openWorkplace();
  const up = await place.stormproof(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  environment = JSON.parse((await place.stormproof(['env', '--json'])).stdout);
  rds = new RDS({
    region: environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? 'us-east-1',
    endpoint: environment.AWS_ENDPOINT_URL ?? '',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
});
afterAll(async () => {
  rds?.destroy();
  await place[Symbol.asyncDispose]();
});

test('the version that RDS tells is the one that runs', async (context) => {
  const { EngineVersion } = await describe();
  expect((await psql(context)('-Atc', 'show server_version')).trim()).toBe(EngineVersion);
});

test('parameters act at once or with a reboot, as the API says, and a reset takes them back', {
  timeout: 300_000,
}, async (context) => {
  const DBParameterGroupName = (await describe()).DBParameterGroups?.[0]?.DBParameterGroupName;
  const set = (ParameterName: string, ParameterValue: string, ApplyMethod: 'immediate' | 'pending-reboot') =>
    rds.modifyDBParameterGroup({
      DBParameterGroupName,
      Parameters: [{ ParameterName, ParameterValue, ApplyMethod }],
    });
  const applied = async (wanted: string) =>
    until(`parameters ${wanted}`, 60_000, async () => {
      const { DBInstanceStatus, DBParameterGroups } = await describe();
      return DBInstanceStatus === 'available' && DBParameterGroups?.[0]?.ParameterApplyStatus === wanted;
    });
  const plain = psql(context, { PGSSLMODE: 'disable' });
  await expect(plain('-Atc', 'select 1')).rejects.toThrow('no encryption');
  await set('rds.force_ssl', '0', 'immediate');
  await until('plain connections', 30_000, () => succeeds(plain('-Atc', 'select 1')));
  await applied('in-sync');

  const most = async () => (await psql(context)('-Atc', 'show max_connections')).trim();
  const before = await most();
  await set('max_connections', '77', 'pending-reboot');
  await applied('pending-reboot');
  expect(await most()).toBe(before);
  await rds.rebootDBInstance(database);
  await applied('in-sync');
  expect(await most()).toBe('77');
  await rds.resetDBParameterGroup({
    DBParameterGroupName,
    Parameters: [{ ParameterName: 'rds.force_ssl', ApplyMethod: 'immediate' }],
  });
  await until('plain connections to end', 30_000, async () => !(await succeeds(plain('-Atc', 'select 1'))));
});

test('RDS manages the password: a rotation closes the door to the old one and leaves who is in', {
  timeout: 300_000,
}, async (context) => {
  const aws = foreignClient('aws', context, environment);
  const endpoint = ['--endpoint-url', environment.AWS_ENDPOINT_URL ?? ''];
  await rds.modifyDBInstance({ ...database, ManageMasterUserPassword: true });
  const active = async () => (await describe()).MasterUserSecret?.SecretStatus === 'active';
  await until('an active secret', 60_000, active);
  const id = (await describe()).MasterUserSecret?.SecretArn ?? '';
  const secret = async (stage: string): Promise<{ username: string; password: string }> => {
    const get = ['get-secret-value', '--secret-id', id, '--version-stage', stage];
    const answer = await aws('secretsmanager', ...get, ...endpoint, '--output', 'json');
    return JSON.parse(JSON.parse(answer).SecretString);
  };
  const first = await secret('AWSCURRENT');
  expect(first.username).toBe(environment.PGUSER);
  await expect(psql(context)('-Atc', 'select 1')).rejects.toThrow('password authentication failed');
  await using standing = await connect(first.password);

  await aws('secretsmanager', 'rotate-secret', '--secret-id', id, ...endpoint);
  await until(
    'the rotation',
    60_000,
    async () => (await active()) && (await secret('AWSCURRENT')).password !== first.password,
  );
  const second = await secret('AWSCURRENT');
  expect(await secret('AWSPREVIOUS')).toEqual(first);
  await standing.client.query('select 1');
  await expect(connect(first.password)).rejects.toThrow('password authentication failed');
  await (await connect(second.password))[Symbol.asyncDispose]();

  await rds.modifyDBInstance({
    ...database,
    ManageMasterUserPassword: false,
    MasterUserPassword: environment.PGPASSWORD,
  });
  await until('its own password', 60_000, () => succeeds(psql(context)('-Atc', 'select 1')));
  await until('no secret', 60_000, async () => (await describe()).MasterUserSecret === undefined);
  await expect(secret('AWSCURRENT')).rejects.toThrow('ResourceNotFoundException');
});

test('a stopped instance keeps its name and its data; Multi-AZ goes and comes back without a break', {
  timeout: 300_000,
}, async (context) => {
  const query = psql(context);
  await query('-qc', 'create table kept as select 42 as answer');
  await rds.stopDBInstance(database);
  await reached('stopped');
  await expect(query('-Atc', 'select 1')).rejects.toThrow(/Connection refused/);
  await rds.startDBInstance(database);
  await reached('available');
  expect((await query('-Atc', 'select answer from kept')).trim()).toBe('42');

  await using standing = await connect(environment.PGPASSWORD ?? '');
  for (const MultiAZ of [false, true]) {
    await rds.modifyDBInstance({ ...database, MultiAZ, ApplyImmediately: true });
    await reached('available');
    await until('the change', 60_000, async () => (await describe()).MultiAZ === MultiAZ);
    expect((await describe()).SecondaryAvailabilityZone !== undefined).toBe(MultiAZ);
  }
  await standing.client.query('select 1');
  const { Events = [] } = await rds.describeEvents({
    SourceType: 'db-instance',
    SourceIdentifier: database.DBInstanceIdentifier,
    EventCategories: ['notification'],
  });
  expect(Events.map(({ Message }) => Message)).toEqual(['DB instance stopped', 'DB instance started']);
});

async function describe(): Promise<DBInstance> {
  const [found] = (await rds.describeDBInstances(database)).DBInstances ?? [];
  if (!found) throw new Error(`Cannot find the DB instance "${database.DBInstanceIdentifier}"`);
  return found;
}

async function reached(status: string): Promise<void> {
  await until(`status ${status}`, 120_000, async () => (await describe()).DBInstanceStatus === status);
}

function psql(context: TestContext, change: Readonly<Record<string, string>> = {}) {
  // The name alone is to tell where the database is.
  const { PGHOSTADDR: _, ...rest } = environment;
  return foreignClientByName('psql', context, {
    dns: place.stack('up').dns,
    directory: place.path,
    environment: { ...rest, PGCONNECT_TIMEOUT: '3', ...change },
  });
}

async function connect(password: string) {
  const { Endpoint } = await describe();
  const client = new pg.Client({
    host: environment.PGHOSTADDR,
    port: Endpoint?.Port,
    user: environment.PGUSER,
    database: environment.PGDATABASE,
    password,
    ssl: { ca: readFileSync(environment.PGSSLROOTCERT ?? '', 'utf8'), servername: Endpoint?.Address },
  });
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
