import type { TestContext } from 'vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import { inRepository } from '../repository.ts';
import { foreignClientByName } from './testing/by-name.ts';
import { foreignClient } from './testing/foreign-client.ts';
import { repeat } from './testing/repeat.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

const deployment = readDeployment(inRepository('provisioning/deployments/artifacthub.yaml'));
const instance = deployment.database === 'none' ? '' : deployment.database.identifier;
const password = 'correct-horse-battery';
let place: Workplace;
let environment: Record<string, string> = {};

beforeAll(async () => {
  place = openWorkplace();
  const up = await place.stormproof(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  const { PGHOSTADDR: _, ...rest } = JSON.parse((await place.stormproof(['env', '--json'])).stdout);
  environment = { ...rest, PGUSER: 'hub', PGPASSWORD: password, PGDATABASE: 'hub', PGCONNECT_TIMEOUT: '3' };
});
afterAll(() => place[Symbol.asyncDispose]());

test('a Multi-AZ DB cluster by the AWS CLI: psql writes by one name, reads by the other, and keeps both through a failover', {
  timeout: 600_000,
}, async (context) => {
  const rds = awsRds(context);
  const [beside] = (await rds('describe-db-instances', '--db-instance-identifier', instance)).DBInstances;
  await rds(
    'create-db-cluster',
    ...['--db-cluster-identifier', 'trio', '--engine', 'postgres', '--database-name', 'hub'],
    ...['--db-cluster-instance-class', 'db.m6gd.large', '--allocated-storage', '100'],
    ...['--storage-type', 'io1', '--iops', '1000', '--master-username', 'hub'],
    ...['--master-user-password', password, '--db-subnet-group-name', beside.DBSubnetGroup.DBSubnetGroupName],
    ...['--vpc-security-group-ids', beside.VpcSecurityGroups[0].VpcSecurityGroupId],
  );
  const cluster = async () =>
    (await rds('describe-db-clusters', '--db-cluster-identifier', 'trio')).DBClusters[0];
  const whole = () =>
    until('an available cluster with three members', 120_000, async () => {
      const seen = await cluster();
      const { DBInstances: members } = await membersOf();
      const up = members.filter(({ DBInstanceStatus: status }: Member) => status === 'available');
      return seen.Status === 'available' && up.length === 3 ? seen : undefined;
    });
  const membersOf = () => rds('describe-db-instances', '--filters', 'Name=db-cluster-id,Values=trio');
  const before = await whole();
  const writer = byName(before.Endpoint, context);
  const reader = byName(before.ReaderEndpoint, context);
  await writer('-qc', 'create table keys (key int not null)');
  const inserts = repeat((key) => writer('-qc', `insert into keys values (${key})`));
  await until('some writes', 60_000, () => inserts.done.length >= 5);
  expect((await reader('-Atc', 'select pg_is_in_recovery()')).trim()).toBe('t');
  await expect(reader('-v', 'VERBOSITY=verbose', '-c', 'insert into keys values (-1)')).rejects.toThrow(
    '25006',
  );

  await rds('failover-db-cluster', '--db-cluster-identifier', 'trio');
  await until('the failover', 120_000, async () => (await cluster()).Status === 'available');
  const writtenAfter = inserts.done.length;
  await until('writes again', 120_000, () => inserts.done.length >= writtenAfter + 5);
  await inserts.stop();
  const after = await whole();
  expect(writerOf(after)).not.toBe(writerOf(before));
  expect([after.Endpoint, after.ReaderEndpoint]).toEqual([before.Endpoint, before.ReaderEndpoint]);
  const present = new Set((await writer('-Atc', 'select key from keys')).trim().split('\n').map(Number));
  expect(inserts.done.filter((key) => !present.has(key))).toEqual([]);
  expect((await reader('-Atc', 'select pg_is_in_recovery()')).trim()).toBe('t');
  const { Events: events } = await rds(
    ...['describe-events', '--source-type', 'db-cluster', '--source-identifier', 'trio'],
    ...['--event-categories', 'failover'],
  );
  expect(events.map(({ Message: message }: { Message: string }) => message)).toEqual([
    `Started cross AZ failover to DB instance: ${writerOf(after)}`,
    `Completed failover to DB instance: ${writerOf(after)}`,
  ]);

  await expect(rds('failover-db-cluster', '--db-cluster-identifier', 'duo')).rejects.toThrow(
    'DBClusterNotFoundFault',
  );
  await rds('delete-db-cluster', '--db-cluster-identifier', 'trio', '--skip-final-snapshot');
  await until('no cluster', 60_000, async () => (await rds('describe-db-clusters')).DBClusters.length === 0);
});

interface Member {
  readonly DBInstanceStatus: string;
}

function writerOf({
  DBClusterMembers: members,
}: {
  readonly DBClusterMembers: readonly { DBInstanceIdentifier: string; IsClusterWriter: boolean }[];
}): string | undefined {
  return members.find(({ IsClusterWriter: isWriter }) => isWriter)?.DBInstanceIdentifier;
}

function awsRds(context: TestContext) {
  const aws = foreignClient('aws', context, environment);
  return async (...args: readonly string[]) => {
    const endpoint = ['--endpoint-url', String(environment.AWS_ENDPOINT_URL)];
    const said = await aws('rds', ...endpoint, '--output', 'json', ...args);
    return said.trim() ? JSON.parse(said) : undefined;
  };
}

function byName(host: string, context: TestContext): (...args: readonly string[]) => Promise<string> {
  return foreignClientByName('psql', context, {
    dns: place.stack('up').dns,
    directory: place.path,
    environment: { ...environment, PGHOST: host },
  });
}
