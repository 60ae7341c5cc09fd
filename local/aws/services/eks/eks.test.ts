import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import { test as base, expect } from 'vitest';
import { createEc2Service } from '../ec2/ec2.ts';
import { startTestGateway, type TestGateway } from '../test-gateway.ts';
import { createEksService } from './eks.ts';

const test = base.extend<{ gateway: TestGateway; client: EKSClient; subnetIds: string[] }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  gateway: async ({}, use) => {
    await using gateway = await startTestGateway((context) => {
      const network = createEc2Service(context);
      const endpoint = () => ({ url: 'https://127.20.0.3:6443', certificateAuthorityPem: 'a certificate' });
      return [network, createEksService(context, { network, endpoint })];
    });
    await use(gateway);
  },
  client: async ({ gateway }, use) => {
    await use(new EKSClient(gateway.clientOptions));
  },
  subnetIds: async ({ gateway }, use) => {
    const { Vpc } = (await gateway.call('EC2', 'CreateVpc', { CidrBlock: '10.0.0.0/16' })) as {
      Vpc: { VpcId: string };
    };
    const ids = ['a', 'b'].map(async (zone, i) => {
      const { Subnet } = (await gateway.call('EC2', 'CreateSubnet', {
        VpcId: Vpc.VpcId,
        CidrBlock: `10.0.${i}.0/24`,
        AvailabilityZone: `us-east-1${zone}`,
      })) as { Subnet: { SubnetId: string } };
      return Subnet.SubnetId;
    });
    await use(await Promise.all(ids));
  },
});

const roleArn = 'arn:aws:iam::111122223333:role/cluster';

test('a cluster and its nodes live from creation to deletion', async ({ client, subnetIds, gateway }) => {
  const { cluster } = await client.send(
    new CreateClusterCommand({ name: 'hub', roleArn, resourcesVpcConfig: { subnetIds } }),
  );
  expect(cluster).toMatchObject({ status: 'CREATING', version: '1.33' });
  expect(cluster?.endpoint).toBeUndefined();
  const describe = async () => (await client.send(new DescribeClusterCommand({ name: 'hub' }))).cluster;
  await expect.poll(describe).toMatchObject({
    status: 'ACTIVE',
    endpoint: 'https://127.20.0.3:6443',
    certificateAuthority: { data: Buffer.from('a certificate').toString('base64') },
    health: { issues: [] },
  });
  const group = (await describe())?.resourcesVpcConfig?.clusterSecurityGroupId;
  expect(await gateway.call('EC2', 'DescribeSecurityGroups', { GroupIds: [group] })).toMatchObject({
    SecurityGroups: [{ IpPermissions: [{ UserIdGroupPairs: [{ GroupId: group }] }] }],
  });

  const names = { clusterName: 'hub', nodegroupName: 'nodes' };
  const scalingConfig = { minSize: 3, maxSize: 5, desiredSize: 3 };
  await client.send(
    new CreateNodegroupCommand({ ...names, subnets: subnetIds, nodeRole: roleArn, scalingConfig }),
  );
  const nodes = async () => (await client.send(new DescribeNodegroupCommand(names))).nodegroup;
  await expect.poll(nodes).toMatchObject({ status: 'ACTIVE', scalingConfig });
  const tooFew = new UpdateNodegroupConfigCommand({ ...names, scalingConfig: { desiredSize: 2 } });
  await expect(client.send(tooFew)).rejects.toThrow(
    "Minimum capacity 3 can't be greater than desired size 2",
  );
  await client.send(new UpdateNodegroupConfigCommand({ ...names, scalingConfig: { desiredSize: 5 } }));
  await expect.poll(nodes).toMatchObject({ status: 'ACTIVE', scalingConfig: { desiredSize: 5 } });

  await expect(client.send(new DeleteClusterCommand({ name: 'hub' }))).rejects.toBeInstanceOf(
    ResourceInUseException,
  );
  await client.send(new DeleteNodegroupCommand(names));
  await expect.poll(() => nodes().catch((error) => error)).toBeInstanceOf(ResourceNotFoundException);
  await client.send(new DeleteClusterCommand({ name: 'hub' }));
  await expect.poll(() => describe().catch((error) => error)).toBeInstanceOf(ResourceNotFoundException);
  await expect(gateway.call('EC2', 'DescribeSecurityGroups', { GroupIds: [group] })).rejects.toMatchObject({
    code: 'InvalidGroup.NotFound',
  });
});

test('a cluster in one zone is refused', async ({ client, subnetIds }) => {
  const one = { name: 'hub', roleArn, resourcesVpcConfig: { subnetIds: subnetIds.slice(0, 1) } };
  await expect(client.send(new CreateClusterCommand(one))).rejects.toThrow(
    'Subnets specified must be in at least two different AZs',
  );
});
