import type {
  CreateVpcCommandInput,
  DeleteVpcCommandInput,
  DescribeVpcAttributeCommandInput,
  DescribeVpcsCommandInput,
  ModifyVpcAttributeCommandInput,
  Vpc,
} from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import { parseCidr } from './cidr.ts';
import { addMainRouteTable } from './route-table.ts';
import { addSecurityGroup } from './security-group.ts';
import { dependencyViolation, type Ec2State, type VpcAttributes } from './state.ts';
import { tagsFor } from './table.ts';

export function vpcHandlers(state: Ec2State): Record<string, Handler> {
  const { vpcs } = state;
  return {
    CreateVpc: (input: CreateVpcCommandInput) => ({
      Vpc: { ...shown(createVpc(state, input)), State: 'pending' },
    }),
    DescribeVpcs: ({ VpcIds, ...query }: DescribeVpcsCommandInput) => {
      const { items, NextToken } = vpcs.list({ ids: VpcIds, ...query });
      return { Vpcs: items.map(shown), NextToken };
    },
    DeleteVpc: ({ VpcId }: DeleteVpcCommandInput) => deleteVpc(state, vpcs.get(VpcId)),
    ModifyVpcAttribute: ({ VpcId, EnableDnsSupport, EnableDnsHostnames }: ModifyVpcAttributeCommandInput) => {
      const vpc = vpcs.get(VpcId);
      if (EnableDnsSupport && EnableDnsHostnames) {
        throw new AwsError('InvalidParameterCombination', 'Only one attribute may be changed in a call');
      }
      vpc.enableDnsSupport = EnableDnsSupport?.Value ?? vpc.enableDnsSupport;
      vpc.enableDnsHostnames = EnableDnsHostnames?.Value ?? vpc.enableDnsHostnames;
      return {};
    },
    DescribeVpcAttribute: ({ VpcId, Attribute }: DescribeVpcAttributeCommandInput) => {
      const vpc = vpcs.get(VpcId);
      if (Attribute === 'enableDnsSupport')
        return { VpcId, EnableDnsSupport: { Value: vpc.enableDnsSupport } };
      if (Attribute === 'enableDnsHostnames') {
        return { VpcId, EnableDnsHostnames: { Value: vpc.enableDnsHostnames } };
      }
      throw new AwsError(
        'InvalidParameterValue',
        `Value (${Attribute}) for parameter attribute is invalid. Unknown attribute`,
      );
    },
  };
}

function createVpc(state: Ec2State, input: CreateVpcCommandInput): Vpc & VpcAttributes {
  const { CidrBlock, TagSpecifications, AmazonProvidedIpv6CidrBlock, Ipv6CidrBlock, Ipv4IpamPoolId } = input;
  if (AmazonProvidedIpv6CidrBlock || Ipv6CidrBlock || Ipv4IpamPoolId) {
    throw new AwsError('UnsupportedOperation', 'IPv6 blocks and address pools are not supported here.');
  }
  const cidr = parseCidr(CidrBlock);
  if (!CidrBlock || !cidr) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  if (cidr.prefix < 16 || cidr.prefix > 28) {
    throw new AwsError('InvalidVpc.Range', `The CIDR '${CidrBlock}' is invalid.`);
  }
  const { vpcs, context } = state;
  const VpcId = vpcs.newId();
  const vpc = vpcs.add(VpcId, {
    VpcId,
    CidrBlock,
    CidrBlockAssociationSet: [
      {
        AssociationId: `vpc-cidr-assoc-0${context.random.hex(16)}`,
        CidrBlock,
        CidrBlockState: { State: 'associated' },
      },
    ],
    State: 'available',
    IsDefault: false,
    InstanceTenancy: 'default',
    DhcpOptionsId: 'default',
    OwnerId: context.accountId,
    Tags: tagsFor('vpc', TagSpecifications),
    enableDnsSupport: true,
    enableDnsHostnames: false,
  });
  addMainRouteTable(state, vpc);
  addSecurityGroup(state, { GroupName: 'default', Description: 'default VPC security group', VpcId });
  return vpc;
}

/** The default group and the main route table go with their network; all else must be gone before. */
function deleteVpc(state: Ec2State, { VpcId = '' }: Vpc): object {
  const groups = state.securityGroups.all().filter((group) => group.VpcId === VpcId);
  const tables = state.routeTables.all().filter((table) => table.VpcId === VpcId);
  const hasMore =
    state.subnets.all().some((subnet) => subnet.VpcId === VpcId) ||
    state.internetGateways.all().some(({ Attachments }) => Attachments?.some((one) => one.VpcId === VpcId)) ||
    groups.some(({ GroupName }) => GroupName !== 'default') ||
    tables.some(({ Associations }) => !Associations?.some(({ Main }) => Main));
  if (hasMore) throw dependencyViolation('vpc', VpcId);
  for (const { GroupId = '' } of groups) {
    for (const rule of state.securityGroupRules.all()) {
      if (rule.GroupId === GroupId) state.securityGroupRules.delete(rule.SecurityGroupRuleId ?? '');
    }
    state.securityGroups.delete(GroupId);
  }
  for (const { RouteTableId = '' } of tables) state.routeTables.delete(RouteTableId);
  state.vpcs.delete(VpcId);
  return {};
}

function shown({
  enableDnsSupport: _support,
  enableDnsHostnames: _hostnames,
  ...vpc
}: Vpc & VpcAttributes): Vpc {
  return vpc;
}
