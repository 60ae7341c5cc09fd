import type {
  AllocateAddressCommandOutput,
  AssociateRouteTableCommandOutput,
  CreateNatGatewayCommandOutput,
  CreateRouteTableCommandOutput,
  DescribeAddressesCommandOutput,
  DescribeNatGatewaysCommandOutput,
} from '@aws-sdk/client-ec2';
import { isGone, unlessAbsent } from './absent.ts';
import { tagSpecifications } from './ec2-tags.ts';
import type { ResourceType, Tools } from './resource-type.ts';
import { NotStabilized } from './resource-type.ts';
import { retagEc2 } from './tags.ts';

export const routeTable: ResourceType = {
  type: 'AWS::EC2::RouteTable',
  properties: { VpcId: 'replace', Tags: 'update' },
  required: ['VpcId'],
  attributes: ['RouteTableId'],
  tags: 'list',
  create: async (properties, tools) => {
    const output = await tools.call<CreateRouteTableCommandOutput>('ec2', 'CreateRouteTable', {
      VpcId: properties.VpcId,
      ...tagSpecifications('route-table', properties),
    });
    tools.identify(String(output.RouteTable?.RouteTableId));
  },
  read: async (id) => ({ RouteTableId: id }),
  update: ({ id, before, after }, tools) => retagEc2(id, before, after, tools),
  delete: (id, tools) => unlessAbsent(tools.call('ec2', 'DeleteRouteTable', { RouteTableId: id })),
};

export const route: ResourceType = {
  type: 'AWS::EC2::Route',
  properties: {
    RouteTableId: 'replace',
    DestinationCidrBlock: 'replace',
    GatewayId: 'update',
    NatGatewayId: 'update',
  },
  required: ['RouteTableId', 'DestinationCidrBlock'],
  attributes: ['CidrBlock'],
  create: async (properties, tools) => {
    await tools.call('ec2', 'CreateRoute', { ...properties });
    tools.identify(`${String(properties.RouteTableId)}|${String(properties.DestinationCidrBlock)}`);
  },
  read: async (_id, _tools, properties) => ({ CidrBlock: properties.DestinationCidrBlock }),
  update: async ({ after }, tools) => {
    await tools.call('ec2', 'ReplaceRoute', { ...after });
  },
  delete: (_id, tools, { RouteTableId, DestinationCidrBlock }) =>
    unlessAbsent(tools.call('ec2', 'DeleteRoute', { RouteTableId, DestinationCidrBlock })),
};

export const routeTableAssociation: ResourceType = {
  type: 'AWS::EC2::SubnetRouteTableAssociation',
  properties: { RouteTableId: 'replace', SubnetId: 'replace' },
  required: ['RouteTableId', 'SubnetId'],
  attributes: ['Id'],
  create: async (properties, tools) => {
    const output = await tools.call<AssociateRouteTableCommandOutput>('ec2', 'AssociateRouteTable', {
      ...properties,
    });
    tools.identify(String(output.AssociationId));
  },
  read: async (id) => ({ Id: id }),
  delete: (id, tools) => unlessAbsent(tools.call('ec2', 'DisassociateRouteTable', { AssociationId: id })),
};

/** Its physical ID is the address; what others need is the allocation. */
export const elasticIp: ResourceType = {
  type: 'AWS::EC2::EIP',
  properties: { Domain: 'update', Tags: 'update' },
  attributes: ['AllocationId', 'PublicIp'],
  tags: 'list',
  create: async (properties, tools) => {
    const output = await tools.call<AllocateAddressCommandOutput>('ec2', 'AllocateAddress', {
      Domain: 'vpc',
      ...tagSpecifications('elastic-ip', properties),
    });
    tools.identify(String(output.PublicIp));
  },
  read: async (id, tools) => ({ AllocationId: await allocationOf(id, tools), PublicIp: id }),
  update: async ({ id, before, after }, tools) =>
    retagEc2(String(await allocationOf(id, tools)), before, after, tools),
  delete: async (id, tools) => {
    const AllocationId = await allocationOf(id, tools);
    if (AllocationId) await tools.call('ec2', 'ReleaseAddress', { AllocationId });
  },
};

async function allocationOf(address: string, tools: Tools): Promise<string | undefined> {
  const { Addresses } = await tools.call<DescribeAddressesCommandOutput>('ec2', 'DescribeAddresses', {
    Filters: [{ Name: 'public-ip', Values: [address] }],
  });
  return Addresses?.[0]?.AllocationId;
}

export const natGateway: ResourceType = {
  type: 'AWS::EC2::NatGateway',
  properties: { AllocationId: 'replace', SubnetId: 'replace', ConnectivityType: 'replace', Tags: 'update' },
  required: ['SubnetId'],
  attributes: ['NatGatewayId'],
  tags: 'list',
  create: async (properties, tools) => {
    const { Tags: _tags, ...rest } = properties;
    const output = await tools.call<CreateNatGatewayCommandOutput>('ec2', 'CreateNatGateway', {
      ...rest,
      ...tagSpecifications('natgateway', properties),
    });
    const id = String(output.NatGateway?.NatGatewayId);
    tools.identify(id);
    await tools.until(async () => (await natState(id, tools)) === 'available');
  },
  read: async (id) => ({ NatGatewayId: id }),
  update: ({ id, before, after }, tools) => retagEc2(id, before, after, tools),
  delete: async (id, tools) => {
    if (await isGone(tools.call('ec2', 'DeleteNatGateway', { NatGatewayId: id }))) return;
    await tools.until(async () => [undefined, 'deleted'].includes(await natState(id, tools)));
  },
};

async function natState(id: string, tools: Tools): Promise<string | undefined> {
  const { NatGateways } = await tools.call<DescribeNatGatewaysCommandOutput>('ec2', 'DescribeNatGateways', {
    NatGatewayIds: [id],
  });
  if (NatGateways?.[0]?.State === 'failed') throw new NotStabilized(NatGateways[0].FailureMessage);
  return NatGateways?.[0]?.State;
}
