import { RDS } from '@aws-sdk/client-rds';
import { expect, test } from 'vitest';
import { createSecretsManagerService } from '../../secretsmanager/secretsmanager.ts';
import { awsCli, serve, until } from '../../serve-in-test.ts';
import type { RdsService } from '../rds.ts';
import { createRdsService } from '../rds.ts';
import type { ClusterSpecification, EngineCluster } from './engine.ts';

const password = 'correct-horse-battery';
const zones = ['a', 'b', 'c'];

/** An engine that is told to do things and says that it did them. */
async function openRds() {
  let specification: ClusterSpecification | undefined;
  let service: RdsService | undefined;
  const targets: (string | undefined)[] = [];
  const tell = (status: EngineCluster['status'], writer: number) => {
    const members = (specification?.members ?? []).map(({ identifier }, index) => ({
      identifier,
      role: index === writer ? ('writer' as const) : ('reader' as const),
      status: 'available' as const,
      address: `127.20.3.${index + 1}`,
    }));
    service?.clusterChanged({
      identifier: 'trio',
      status,
      endpointAddress: members[writer]?.address,
      readerAddresses: members.filter(({ role }) => role === 'reader').map(({ address }) => address),
      members,
    });
  };
  const notUsed = () => Promise.reject(new Error('not used here'));
  const served = await serve((context) => {
    service = createRdsService(context, {
      subnets: (ids) =>
        zones
          .map((zone) => ({ subnetId: `subnet-${zone}`, vpcId: 'vpc-1', zone: `us-east-1${zone}` }))
          .filter(({ subnetId }) => ids.includes(subnetId)),
      vpcOfSecurityGroup: () => 'vpc-1',
      defaultSecurityGroup: () => 'sg-default',
      secrets: createSecretsManagerService(context).managed,
      engine: {
        create: notUsed,
        reboot: notUsed,
        stop: notUsed,
        start: notUsed,
        modify: notUsed,
        modifyParameters: notUsed,
        setMasterPassword: notUsed,
        setBackups: notUsed,
        backUp: notUsed,
        dropBackup: notUsed,
        restore: notUsed,
        delete: notUsed,
      },
      clusters: {
        create: async (given) => {
          specification = given;
          await context.clock.sleep(5000);
          tell('available', 0);
        },
        failover: async (_, { target }) => {
          targets.push(target);
          tell('failing-over', 0);
        },
        reboot: async () => tell('rebooting', 0),
        delete: async () => undefined,
      },
    });
    return service;
  });
  const client = new RDS(served.clientConfig);
  const describe = async () =>
    (await client.describeDBClusters({ DBClusterIdentifier: 'Trio' })).DBClusters?.[0];
  const subnets = (DBSubnetGroupName: string, ids: readonly string[]) =>
    client.createDBSubnetGroup({
      DBSubnetGroupName,
      DBSubnetGroupDescription: DBSubnetGroupName,
      SubnetIds: ids.map((zone) => `subnet-${zone}`),
    });
  await subnets('three', zones);
  await subnets('two', ['a', 'b']);
  return {
    ...served,
    client,
    targets,
    tell,
    describe,
    specification: () => specification,
    [Symbol.asyncDispose]: served[Symbol.asyncDispose],
  };
}

const request = {
  DBClusterIdentifier: 'Trio',
  Engine: 'postgres',
  DBClusterInstanceClass: 'db.m6gd.large',
  AllocatedStorage: 100,
  StorageType: 'io1',
  Iops: 1000,
  MasterUsername: 'hub',
  MasterUserPassword: password,
  DatabaseName: 'hub',
  DBSubnetGroupName: 'three',
};

async function create(rds: Awaited<ReturnType<typeof openRds>>) {
  const { DBCluster } = await rds.client.createDBCluster({ ...request, DeletionProtection: true });
  await until(rds.clock, rds.describe, (cluster) => cluster?.Status === 'available');
  return DBCluster;
}

test('a cluster has two endpoints and three members, and its failover shows in roles, names and events', async () => {
  await using rds = await openRds();
  expect(await create(rds)).toMatchObject({ Status: 'creating', DBClusterIdentifier: 'trio', MultiAZ: true });
  expect(rds.specification()).toMatchObject({
    masterPassword: password,
    members: zones.map((zone, index) => ({
      identifier: `trio-instance-${index + 1}`,
      zone: `us-east-1${zone}`,
    })),
  });
  const available = await rds.describe();
  expect(available?.Endpoint).toMatch(/^trio\.cluster-[a-z0-9]{12}\.us-east-1\.rds\.amazonaws\.com$/);
  expect(available?.ReaderEndpoint).toBe(available?.Endpoint?.replace('.cluster-', '.cluster-ro-'));
  expect(available?.DBClusterMembers?.map(({ IsClusterWriter }) => IsClusterWriter)).toEqual([
    true,
    false,
    false,
  ]);
  const { DBInstances } = await rds.client.describeDBInstances({
    Filters: [{ Name: 'db-cluster-id', Values: ['trio'] }],
  });
  expect(DBInstances).toMatchObject(
    zones.map((zone) => ({
      DBClusterIdentifier: 'trio',
      DBInstanceStatus: 'available',
      DBInstanceClass: 'db.m6gd.large',
      AvailabilityZone: `us-east-1${zone}`,
    })),
  );
  expect(JSON.stringify([available, DBInstances, rds.service.snapshot()])).not.toContain(password);

  const failover = (TargetDBInstanceIdentifier?: string) =>
    rds.client.failoverDBCluster({ DBClusterIdentifier: 'trio', TargetDBInstanceIdentifier });
  await expect(failover('trio-instance-1')).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' });
  expect((await failover('trio-instance-3')).DBCluster?.Status).toBe('failing-over');
  await expect(failover()).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
  expect(rds.targets).toEqual(['trio-instance-3']);
  rds.service.eventHappened({
    identifier: 'trio',
    source: 'db-cluster',
    message: 'Completed failover to DB instance: trio-instance-3',
    categories: ['failover'],
  });
  rds.tell('available', 2);
  expect((await rds.describe())?.DBClusterMembers?.[2]).toMatchObject({ IsClusterWriter: true });
  expect(rds.service.snapshot().endpoints).toEqual([
    { name: available?.Endpoint, addresses: ['127.20.3.3'] },
    { name: available?.ReaderEndpoint, addresses: ['127.20.3.1', '127.20.3.2'] },
    ...[1, 2, 3].map((number) => ({
      name: expect.stringMatching(`^trio-instance-${number}\\.[a-z0-9]{12}\\.us-east-1\\.rds`),
      addresses: [`127.20.3.${number}`],
    })),
  ]);
  const { Events } = await rds.client.describeEvents({ SourceType: 'db-cluster', SourceIdentifier: 'trio' });
  expect(Events).toMatchObject([
    { EventCategories: ['failover'], SourceArn: 'arn:aws:rds:us-east-1:111122223333:cluster:trio' },
  ]);
});

test('what cannot be is refused with the codes of RDS', async () => {
  await using rds = await openRds();
  const asked = (change: Partial<typeof request>) => rds.client.createDBCluster({ ...request, ...change });
  await expect(asked({ Engine: 'aurora-postgresql' })).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  });
  await expect(asked({ DBSubnetGroupName: 'two' })).rejects.toMatchObject({
    name: 'DBSubnetGroupDoesNotCoverEnoughAZs',
  });
  await expect(asked({ StorageType: 'gp2' })).rejects.toMatchObject({ name: 'StorageTypeNotSupportedFault' });
  await expect(asked({ DBClusterIdentifier: 'a'.repeat(53) })).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  });
  await create(rds);
  await expect(asked({})).rejects.toMatchObject({ name: 'DBClusterAlreadyExistsFault' });
  const aws = awsCli(rds.gateway);
  await expect(aws('rds', 'failover-db-cluster', '--db-cluster-identifier', 'duo')).rejects.toThrow(
    '(DBClusterNotFoundFault)',
  );
  await expect(
    aws('rds', 'delete-db-instance', '--db-instance-identifier', 'trio-instance-1', '--skip-final-snapshot'),
  ).rejects.toThrow('(InvalidDBInstanceState)');
  const remove = () => rds.client.deleteDBCluster({ DBClusterIdentifier: 'trio', SkipFinalSnapshot: true });
  await expect(remove()).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  await rds.client.modifyDBCluster({ DBClusterIdentifier: 'trio', DeletionProtection: false });
  await expect(
    rds.client.modifyDBCluster({ DBClusterIdentifier: 'trio', AllocatedStorage: 200 }),
  ).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  await expect(rds.client.deleteDBSubnetGroup({ DBSubnetGroupName: 'three' })).rejects.toMatchObject({
    name: 'InvalidDBSubnetGroupStateFault',
  });
  expect((await remove()).DBCluster?.Status).toBe('deleting');
  await expect(rds.describe()).rejects.toMatchObject({ name: 'DBClusterNotFoundFault' });
});
