import type {
  CreateInternetGatewayCommandOutput,
  CreateSubnetCommandOutput,
  CreateVpcCommandOutput,
  DescribeSecurityGroupsCommandOutput,
  DescribeSubnetsCommandOutput,
  DescribeVpcsCommandOutput,
} from '@aws-sdk/client-ec2';
import { CreateSubnetRequest$, CreateVpcRequest$ } from '@aws-sdk/client-ec2';
import { unlessAbsent } from './absent.ts';
import { tagSpecifications } from './ec2-tags.ts';
import { toInput } from './input.ts';
import type { Properties, ResourceType, Tools } from './resource-type.ts';
import { retagEc2 } from './tags.ts';

export const vpc: ResourceType = {
  type: 'AWS::EC2::VPC',
  properties: {
    CidrBlock: 'replace',
    EnableDnsSupport: 'update',
    EnableDnsHostnames: 'update',
    Tags: 'update',
  },
  attributes: ['VpcId', 'CidrBlock', 'DefaultSecurityGroup'],
  tags: 'list',
  create: async (properties, tools) => {
    const { Tags: _tags, EnableDnsSupport: _support, EnableDnsHostnames: _names, ...rest } = properties;
    const { Vpc } = await tools.call<CreateVpcCommandOutput>('ec2', 'CreateVpc', {
      ...toInput(CreateVpcRequest$, rest),
      ...tagSpecifications('vpc', properties),
    });
    const id = String(Vpc?.VpcId);
    tools.identify(id);
    await tools.until(async () => {
      const { Vpcs } = await tools.call<DescribeVpcsCommandOutput>('ec2', 'DescribeVpcs', { VpcIds: [id] });
      return Vpcs?.[0]?.State === 'available';
    });
    await setVpcAttributes(id, properties, tools);
  },
  read: async (id, tools, properties) => {
    const groups = await tools.call<DescribeSecurityGroupsCommandOutput>('ec2', 'DescribeSecurityGroups', {
      Filters: [
        { Name: 'vpc-id', Values: [id] },
        { Name: 'group-name', Values: ['default'] },
      ],
    });
    return {
      VpcId: id,
      CidrBlock: properties.CidrBlock,
      DefaultSecurityGroup: groups.SecurityGroups?.[0]?.GroupId,
    };
  },
  update: async ({ id, before, after, changed }, tools) => {
    if (changed.has('Tags')) await retagEc2(id, before, after, tools);
    await setVpcAttributes(id, { EnableDnsSupport: true, EnableDnsHostnames: false, ...after }, tools);
  },
  delete: (id, tools) => unlessAbsent(tools.call('ec2', 'DeleteVpc', { VpcId: id })),
};

/** Each attribute takes a call of its own (EC2 API Reference, ModifyVpcAttribute). */
async function setVpcAttributes(id: string, properties: Properties, tools: Tools): Promise<void> {
  for (const attribute of ['EnableDnsSupport', 'EnableDnsHostnames']) {
    if (properties[attribute] === undefined) continue;
    const Value = String(properties[attribute]) === 'true';
    await tools.call('ec2', 'ModifyVpcAttribute', { VpcId: id, [attribute]: { Value } });
  }
}

export const internetGateway: ResourceType = {
  type: 'AWS::EC2::InternetGateway',
  properties: { Tags: 'update' },
  attributes: ['InternetGatewayId'],
  tags: 'list',
  create: async (properties, tools) => {
    const output = await tools.call<CreateInternetGatewayCommandOutput>(
      'ec2',
      'CreateInternetGateway',
      tagSpecifications('internet-gateway', properties),
    );
    tools.identify(String(output.InternetGateway?.InternetGatewayId));
  },
  read: async (id) => ({ InternetGatewayId: id }),
  update: ({ id, before, after }, tools) => retagEc2(id, before, after, tools),
  delete: (id, tools) => unlessAbsent(tools.call('ec2', 'DeleteInternetGateway', { InternetGatewayId: id })),
};

export const gatewayAttachment: ResourceType = {
  type: 'AWS::EC2::VPCGatewayAttachment',
  properties: { VpcId: 'replace', InternetGatewayId: 'update' },
  required: ['VpcId', 'InternetGatewayId'],
  create: async ({ VpcId, InternetGatewayId }, tools) => {
    await tools.call('ec2', 'AttachInternetGateway', { VpcId, InternetGatewayId });
    tools.identify(`IGW|${String(VpcId)}`);
  },
  update: async ({ before, after }, tools) => {
    await tools.call('ec2', 'DetachInternetGateway', { ...before });
    await tools.call('ec2', 'AttachInternetGateway', { ...after });
  },
  delete: (_id, tools, { VpcId, InternetGatewayId }) =>
    unlessAbsent(tools.call('ec2', 'DetachInternetGateway', { VpcId, InternetGatewayId })),
};

export const subnet: ResourceType = {
  type: 'AWS::EC2::Subnet',
  properties: {
    VpcId: 'replace',
    CidrBlock: 'replace',
    AvailabilityZone: 'replace',
    MapPublicIpOnLaunch: 'update',
    Tags: 'update',
  },
  required: ['VpcId'],
  attributes: ['SubnetId', 'VpcId', 'CidrBlock', 'AvailabilityZone'],
  tags: 'list',
  create: async (properties, tools) => {
    const { Tags: _tags, MapPublicIpOnLaunch, ...rest } = properties;
    const { Subnet } = await tools.call<CreateSubnetCommandOutput>('ec2', 'CreateSubnet', {
      ...toInput(CreateSubnetRequest$, rest),
      ...tagSpecifications('subnet', properties),
    });
    const id = String(Subnet?.SubnetId);
    tools.identify(id);
    await tools.until(async () => (await describeSubnet(id, tools))?.State === 'available');
    if (MapPublicIpOnLaunch !== undefined) await setPublicIp(id, MapPublicIpOnLaunch, tools);
  },
  read: async (id, tools) => {
    const { SubnetId, VpcId, CidrBlock, AvailabilityZone } = (await describeSubnet(id, tools)) ?? {};
    return { SubnetId, VpcId, CidrBlock, AvailabilityZone };
  },
  update: async ({ id, before, after, changed }, tools) => {
    if (changed.has('Tags')) await retagEc2(id, before, after, tools);
    if (changed.has('MapPublicIpOnLaunch')) await setPublicIp(id, after.MapPublicIpOnLaunch ?? false, tools);
  },
  delete: (id, tools) => unlessAbsent(tools.call('ec2', 'DeleteSubnet', { SubnetId: id })),
};

async function describeSubnet(id: string, tools: Tools) {
  const output = await tools.call<DescribeSubnetsCommandOutput>('ec2', 'DescribeSubnets', {
    SubnetIds: [id],
  });
  return output.Subnets?.[0];
}

async function setPublicIp(id: string, value: unknown, tools: Tools): Promise<void> {
  const Value = String(value) === 'true';
  await tools.call('ec2', 'ModifySubnetAttribute', { SubnetId: id, MapPublicIpOnLaunch: { Value } });
}
