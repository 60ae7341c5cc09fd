import type {
  CreateSubnetCommandInput,
  DeleteSubnetCommandInput,
  DescribeSubnetsCommandInput,
  ModifySubnetAttributeCommandInput,
  Subnet,
  Vpc,
} from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import { contains, overlaps, parseCidr, size } from './cidr.ts';
import { dependencyViolation, type Ec2State } from './state.ts';
import { tagsFor } from './table.ts';
import { availabilityZones } from './zones.ts';

export function subnetHandlers(state: Ec2State): Record<string, Handler> {
  const { subnets } = state;
  return {
    CreateSubnet: (input: CreateSubnetCommandInput) => ({ Subnet: createSubnet(state, input) }),
    DescribeSubnets: ({ SubnetIds, ...query }: DescribeSubnetsCommandInput) => {
      const { items, NextToken } = subnets.list({ ids: SubnetIds, ...query });
      return { Subnets: items, NextToken };
    },
    ModifySubnetAttribute: ({ SubnetId, MapPublicIpOnLaunch }: ModifySubnetAttributeCommandInput) => {
      const subnet = subnets.get(SubnetId);
      if (MapPublicIpOnLaunch === undefined) {
        throw new AwsError('InvalidParameterCombination', 'No attributes specified.');
      }
      subnet.MapPublicIpOnLaunch = MapPublicIpOnLaunch.Value ?? false;
      return {};
    },
    DeleteSubnet: ({ SubnetId }: DeleteSubnetCommandInput) => deleteSubnet(state, subnets.get(SubnetId)),
  };
}

function createSubnet(state: Ec2State, input: CreateSubnetCommandInput): Subnet {
  const { CidrBlock, TagSpecifications } = input;
  const { subnets, vpcs, context } = state;
  if (input.Ipv6CidrBlock) throw new AwsError('UnsupportedOperation', 'IPv6 blocks are not supported here.');
  const vpc = vpcs.get(input.VpcId);
  const cidr = checkedCidr(state, vpc, CidrBlock);
  const zone = zoneOf(context.region, input);
  const SubnetId = subnets.newId();
  return subnets.add(SubnetId, {
    SubnetId,
    SubnetArn: `arn:aws:ec2:${context.region}:${context.accountId}:subnet/${SubnetId}`,
    VpcId: vpc.VpcId,
    CidrBlock,
    AvailabilityZone: zone.ZoneName,
    AvailabilityZoneId: zone.ZoneId,
    // AWS keeps the first four addresses and the last of every subnet.
    AvailableIpAddressCount: size(cidr) - 5,
    State: 'available',
    DefaultForAz: false,
    MapPublicIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: [],
    OwnerId: context.accountId,
    Tags: tagsFor('subnet', TagSpecifications),
  });
}

function checkedCidr(state: Ec2State, vpc: Vpc, CidrBlock: string | undefined) {
  const cidr = parseCidr(CidrBlock);
  if (!cidr) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  const network = parseCidr(vpc.CidrBlock);
  if (!network || !contains(network, cidr) || cidr.prefix > 28) {
    throw new AwsError('InvalidSubnet.Range', `The CIDR '${CidrBlock}' is invalid.`);
  }
  const conflict = state.subnets.all().some((subnet) => {
    const other = parseCidr(subnet.CidrBlock);
    return subnet.VpcId === vpc.VpcId && other !== undefined && overlaps(other, cidr);
  });
  if (conflict) {
    throw new AwsError('InvalidSubnet.Conflict', `The CIDR '${CidrBlock}' conflicts with another subnet`);
  }
  return cidr;
}

function zoneOf(region: string, { AvailabilityZone, AvailabilityZoneId }: CreateSubnetCommandInput) {
  const zones = availabilityZones(region);
  const zone = zones.find(({ ZoneName, ZoneId }) =>
    AvailabilityZone ? ZoneName === AvailabilityZone : !AvailabilityZoneId || ZoneId === AvailabilityZoneId,
  );
  if (zone) return zone;
  const names = zones.map(({ ZoneName }) => ZoneName).join(', ');
  throw new AwsError(
    'InvalidParameterValue',
    `Value (${AvailabilityZone ?? AvailabilityZoneId}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${names}.`,
  );
}

function deleteSubnet(state: Ec2State, { SubnetId = '' }: Subnet): object {
  const inUse = state.natGateways.all().some((nat) => nat.SubnetId === SubnetId && nat.State !== 'deleted');
  if (inUse) throw dependencyViolation('subnet', SubnetId);
  for (const table of state.routeTables.all()) {
    table.Associations = table.Associations?.filter((association) => association.SubnetId !== SubnetId);
  }
  state.subnets.delete(SubnetId);
  return {};
}
