import type {
  Address,
  InternetGateway,
  LaunchTemplate,
  LaunchTemplateVersion,
  NatGateway,
  RouteTable,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  Vpc,
} from '@aws-sdk/client-ec2';
import { AwsError, type ServiceContext } from '../../service.ts';
import { createTable, type Table } from './table.ts';

/** Everything EC2 knows. The handlers of each kind of resource are in a file of their own. */
export interface Ec2State {
  readonly context: ServiceContext;
  readonly vpcs: Table<Vpc & VpcAttributes>;
  readonly subnets: Table<Subnet>;
  readonly internetGateways: Table<InternetGateway>;
  readonly routeTables: Table<RouteTable>;
  readonly securityGroups: Table<SecurityGroup>;
  readonly securityGroupRules: Table<SecurityGroupRule>;
  readonly addresses: Table<Address>;
  readonly natGateways: Table<NatGateway>;
  readonly launchTemplates: Table<LaunchTemplate & { versions: LaunchTemplateVersion[] }>;
}

export interface VpcAttributes {
  enableDnsSupport: boolean;
  enableDnsHostnames: boolean;
}

export function createEc2State(context: ServiceContext): Ec2State {
  const { random } = context;
  return {
    context,
    vpcs: createTable({
      random,
      prefix: 'vpc',
      type: 'vpc',
      missing: (id) => new AwsError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`),
      fields: {
        'vpc-id': (vpc) => vpc.VpcId,
        cidr: (vpc) => vpc.CidrBlock,
        'cidr-block-association.cidr-block': (vpc) => vpc.CidrBlock,
        state: (vpc) => vpc.State,
        'is-default': (vpc) => vpc.IsDefault,
        isDefault: (vpc) => vpc.IsDefault,
        'owner-id': (vpc) => vpc.OwnerId,
      },
    }),
    subnets: createTable({
      random,
      prefix: 'subnet',
      type: 'subnet',
      missing: (id) => new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`),
      fields: {
        'subnet-id': (subnet) => subnet.SubnetId,
        'vpc-id': (subnet) => subnet.VpcId,
        'availability-zone': (subnet) => subnet.AvailabilityZone,
        'availability-zone-id': (subnet) => subnet.AvailabilityZoneId,
        'cidr-block': (subnet) => subnet.CidrBlock,
        state: (subnet) => subnet.State,
        'map-public-ip-on-launch': (subnet) => subnet.MapPublicIpOnLaunch,
      },
    }),
    internetGateways: createTable({
      random,
      prefix: 'igw',
      type: 'internet-gateway',
      missing: (id) =>
        new AwsError('InvalidInternetGatewayID.NotFound', `The internetGateway ID '${id}' does not exist`),
      fields: {
        'internet-gateway-id': (gateway) => gateway.InternetGatewayId,
        'attachment.vpc-id': (gateway) => gateway.Attachments?.map(({ VpcId }) => VpcId) ?? [],
        'attachment.state': (gateway) => gateway.Attachments?.map(({ State }) => State) ?? [],
      },
    }),
    routeTables: createTable({
      random,
      prefix: 'rtb',
      type: 'route-table',
      missing: (id) =>
        new AwsError('InvalidRouteTableID.NotFound', `The routeTable ID '${id}' does not exist`),
      fields: {
        'route-table-id': (table) => table.RouteTableId,
        'vpc-id': (table) => table.VpcId,
        'association.main': (table) => table.Associations?.map(({ Main }) => Main) ?? [],
        'association.subnet-id': (table) => table.Associations?.map(({ SubnetId }) => SubnetId) ?? [],
        'association.route-table-association-id': (table) =>
          table.Associations?.map(({ RouteTableAssociationId }) => RouteTableAssociationId) ?? [],
        'route.destination-cidr-block': (table) =>
          table.Routes?.map(({ DestinationCidrBlock }) => DestinationCidrBlock) ?? [],
        'route.nat-gateway-id': (table) => table.Routes?.map(({ NatGatewayId }) => NatGatewayId) ?? [],
        'route.gateway-id': (table) => table.Routes?.map(({ GatewayId }) => GatewayId) ?? [],
      },
    }),
    securityGroups: createTable({
      random,
      prefix: 'sg',
      type: 'security-group',
      missing: (id) => new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`),
      fields: {
        'group-id': (group) => group.GroupId,
        'group-name': (group) => group.GroupName,
        'vpc-id': (group) => group.VpcId,
        description: (group) => group.Description,
      },
    }),
    securityGroupRules: createTable({
      random,
      prefix: 'sgr',
      type: 'security-group-rule',
      missing: (id) =>
        new AwsError(
          'InvalidSecurityGroupRuleId.NotFound',
          `The security group rule ID '${id}' does not exist`,
        ),
      fields: {
        'group-id': (rule) => rule.GroupId,
        'security-group-rule-id': (rule) => rule.SecurityGroupRuleId,
      },
    }),
    addresses: createTable({
      random,
      prefix: 'eipalloc',
      type: 'elastic-ip',
      missing: (id) =>
        new AwsError('InvalidAllocationID.NotFound', `The allocation ID '${id}' does not exist`),
      fields: {
        'allocation-id': (address) => address.AllocationId,
        'association-id': (address) => address.AssociationId,
        'public-ip': (address) => address.PublicIp,
        domain: (address) => address.Domain,
      },
    }),
    natGateways: createTable({
      random,
      prefix: 'nat',
      type: 'natgateway',
      missing: (id) => new AwsError('NatGatewayNotFound', `The Nat Gateway ${id} was not found`),
      fields: {
        'nat-gateway-id': (gateway) => gateway.NatGatewayId,
        'subnet-id': (gateway) => gateway.SubnetId,
        'vpc-id': (gateway) => gateway.VpcId,
        state: (gateway) => gateway.State,
      },
    }),
    launchTemplates: createTable({
      random,
      prefix: 'lt',
      type: 'launch-template',
      missing: (id) =>
        new AwsError(
          'InvalidLaunchTemplateId.NotFound',
          `The specified launch template, with template ID ${id}, does not exist.`,
        ),
      fields: { 'launch-template-name': (template) => template.LaunchTemplateName },
    }),
  };
}

export function dependencyViolation(what: string, id: string): AwsError {
  return new AwsError('DependencyViolation', `The ${what} '${id}' has dependencies and cannot be deleted.`);
}
