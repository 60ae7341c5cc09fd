import {
  AuthorizeSecurityGroupIngressCommand,
  type AuthorizeSecurityGroupIngressCommandInput,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeAvailabilityZonesCommand,
  DescribeManagedPrefixListsCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { test as base, expect } from 'vitest';
import { startTestGateway, type TestGateway } from '../test-gateway.ts';
import { createEc2Service } from './ec2.ts';

const test = base.extend<{ gateway: TestGateway; client: EC2Client; vpcId: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  gateway: async ({}, use) => {
    await using gateway = await startTestGateway((context) => [createEc2Service(context)]);
    await use(gateway);
  },
  client: async ({ gateway }, use) => {
    await use(new EC2Client(gateway.clientOptions));
  },
  vpcId: async ({ client }, use) => {
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    await use(Vpc?.VpcId ?? '');
  },
});

test('a network is built, found by its tags, and taken down in order', async ({ client, vpcId, gateway }) => {
  const { Subnet } = await client.send(
    new CreateSubnetCommand({
      VpcId: vpcId,
      CidrBlock: '10.0.0.0/24',
      AvailabilityZone: 'us-east-1b',
      TagSpecifications: [{ ResourceType: 'subnet', Tags: [{ Key: 'kubernetes.io/role/elb', Value: '1' }] }],
    }),
  );
  expect(Subnet).toMatchObject({ AvailableIpAddressCount: 251, AvailabilityZoneId: 'use1-az2' });
  const found = await client.send(
    new DescribeSubnetsCommand({
      Filters: [
        { Name: 'vpc-id', Values: [vpcId] },
        { Name: 'tag:kubernetes.io/role/*', Values: ['1'] },
      ],
    }),
  );
  expect(found.Subnets).toEqual([]);
  const tagged = await client.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: 'tag-key', Values: ['kubernetes.io/role/?lb'] }] }),
  );
  expect(tagged.Subnets).toEqual([Subnet]);
  await expect(client.send(new DeleteVpcCommand({ VpcId: vpcId }))).rejects.toThrow(
    `The vpc '${vpcId}' has dependencies and cannot be deleted.`,
  );
  await gateway.call('EC2', 'DeleteSubnet', { SubnetId: Subnet?.SubnetId });
  await client.send(new DeleteVpcCommand({ VpcId: vpcId }));
  await expect(client.send(new DeleteVpcCommand({ VpcId: vpcId }))).rejects.toMatchObject({
    name: 'InvalidVpcID.NotFound',
  });
});

test('overlapping, foreign and malformed subnets are refused', async ({ client, vpcId }) => {
  const create = (CidrBlock: string) => client.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock }));
  await create('10.0.0.0/20');
  await expect(create('10.0.8.0/24')).rejects.toMatchObject({ name: 'InvalidSubnet.Conflict' });
  await expect(create('10.1.0.0/24')).rejects.toMatchObject({ name: 'InvalidSubnet.Range' });
  await expect(create('10.0.0.300/24')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

test('a security group takes the CloudFront list once, and no rule twice', async ({ client, vpcId }) => {
  const { GroupId } = await client.send(
    new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName: 'alb', Description: 'load balancer' }),
  );
  const { PrefixLists } = await client.send(
    new DescribeManagedPrefixListsCommand({
      Filters: [{ Name: 'prefix-list-name', Values: ['com.amazonaws.global.cloudfront.origin-facing'] }],
    }),
  );
  const PrefixListId = PrefixLists?.[0]?.PrefixListId;
  const allow = (port: number): AuthorizeSecurityGroupIngressCommandInput => ({
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, PrefixListIds: [{ PrefixListId }] }],
  });
  await client.send(new AuthorizeSecurityGroupIngressCommand(allow(443)));
  await expect(client.send(new AuthorizeSecurityGroupIngressCommand(allow(443)))).rejects.toMatchObject({
    name: 'InvalidPermission.Duplicate',
  });
  await expect(client.send(new AuthorizeSecurityGroupIngressCommand(allow(80)))).rejects.toMatchObject({
    name: 'RulesPerSecurityGroupLimitExceeded',
  });
  const { SecurityGroups } = await client.send(
    new DescribeSecurityGroupsCommand({ GroupIds: [GroupId ?? ''] }),
  );
  expect(SecurityGroups?.[0]?.IpPermissions).toMatchObject([
    { FromPort: 443, PrefixListIds: [{ PrefixListId }] },
  ]);
  const { SecurityGroupRules } = await client.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [GroupId ?? ''] }] }),
  );
  expect(SecurityGroupRules?.map(({ IsEgress }) => IsEgress).sort()).toEqual([false, true]);
});

test('ingress is revoked by permission or by rule, and the very same can be authorized again', async ({
  client,
  vpcId,
  gateway,
}) => {
  const create = async (GroupName: string) =>
    (await client.send(new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName, Description: GroupName })))
      .GroupId ?? '';
  const [GroupId, peer] = [await create('alb'), await create('nodes')];
  const fromAnywhere = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  const fromPeer = { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: peer }] };
  const authorize = async () =>
    (
      await client.send(
        new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [fromAnywhere, fromPeer] }),
      )
    ).SecurityGroupRules ?? [];
  const ingress = async () =>
    (await client.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }))).SecurityGroups?.[0]
      ?.IpPermissions;
  const [, second] = await authorize();
  const before = await ingress();
  const revoke = (input: object) => client.send(new RevokeSecurityGroupIngressCommand({ GroupId, ...input }));
  const changes = gateway.changes();
  expect(await revoke({ IpPermissions: [fromAnywhere] })).toMatchObject({
    Return: true,
    RevokedSecurityGroupRules: [{ GroupId, IsEgress: false, FromPort: 443, CidrIpv4: '0.0.0.0/0' }],
  });
  expect(gateway.changes()).toBe(changes + 1);
  await expect(revoke({ IpPermissions: [fromAnywhere] })).rejects.toMatchObject({
    name: 'InvalidPermission.NotFound',
  });
  expect(await revoke({ SecurityGroupRuleIds: [second?.SecurityGroupRuleId] })).toMatchObject({
    RevokedSecurityGroupRules: [{ ReferencedGroupId: peer }],
  });
  expect(await ingress()).toEqual([]);
  await authorize();
  expect(await ingress()).toEqual(before);
});

test('three zones have ids, and an unknown filter is refused', async ({ client }) => {
  const { AvailabilityZones } = await client.send(new DescribeAvailabilityZonesCommand({}));
  expect(AvailabilityZones?.map(({ ZoneName, ZoneId }) => [ZoneName, ZoneId])).toEqual([
    ['us-east-1a', 'use1-az1'],
    ['us-east-1b', 'use1-az2'],
    ['us-east-1c', 'use1-az4'],
  ]);
  const unknown = new DescribeAvailabilityZonesCommand({ Filters: [{ Name: 'nope', Values: ['x'] }] });
  await expect(client.send(unknown)).rejects.toThrow("The filter 'nope' is invalid");
});

test('a dry run does nothing', async ({ client, gateway }) => {
  const dry = client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', DryRun: true }));
  await expect(dry).rejects.toMatchObject({ name: 'DryRunOperation', $metadata: { httpStatusCode: 412 } });
  expect(await gateway.call('EC2', 'DescribeVpcs', {})).toEqual({ Vpcs: [], NextToken: undefined });
});

test('a NAT gateway takes its time and holds its address', async ({ gateway, vpcId }) => {
  const { Subnet } = (await gateway.call('EC2', 'CreateSubnet', {
    VpcId: vpcId,
    CidrBlock: '10.0.0.0/24',
  })) as {
    Subnet: { SubnetId: string };
  };
  const { AllocationId } = (await gateway.call('EC2', 'AllocateAddress', { Domain: 'vpc' })) as {
    AllocationId: string;
  };
  const input = { SubnetId: Subnet.SubnetId, AllocationId };
  const { NatGateway } = (await gateway.call('EC2', 'CreateNatGateway', input)) as {
    NatGateway: { State: string };
  };
  expect(NatGateway.State).toBe('pending');
  await expect(gateway.call('EC2', 'ReleaseAddress', { AllocationId })).rejects.toMatchObject({
    code: 'InvalidIPAddress.InUse',
  });
  await expect
    .poll(() => gateway.call('EC2', 'DescribeNatGateways', {}))
    .toMatchObject({ NatGateways: [{ State: 'available' }] });
});
