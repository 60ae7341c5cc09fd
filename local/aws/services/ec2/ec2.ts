import * as ec2 from '@aws-sdk/client-ec2';
import { AwsError, type AwsService, type Handler, type ServiceContext } from '../../service.ts';
import { announcing } from '../announcing.ts';
import { instanceHandlers } from './instances.ts';
import { internetGatewayHandlers } from './internet-gateway.ts';
import { launchTemplateHandlers } from './launch-template.ts';
import { natGatewayHandlers } from './nat-gateway.ts';
import { prefixListHandlers } from './prefix-list.ts';
import { routeHandlers } from './route.ts';
import { routeTableHandlers } from './route-table.ts';
import {
  addSecurityGroup,
  deleteSecurityGroup,
  type NewSecurityGroup,
  securityGroupHandlers,
  withPermissions,
} from './security-group.ts';
import { addRules, securityGroupRuleHandlers } from './security-group-rule.ts';
import { createEc2State, type Ec2State } from './state.ts';
import { subnetHandlers } from './subnet.ts';
import { tagHandlers } from './tags.ts';
import { vpcHandlers } from './vpc.ts';
import { zoneHandlers } from './zones.ts';

export interface Ec2Ports {
  /** The cluster's nodes. */
  readonly instances?: () => readonly ec2.Instance[];
  /** Where CloudFront's requests come from: the entries of its managed prefix list. */
  readonly originFacingCidrs?: readonly string[];
}

/** What data planes and other services need of EC2. */
export interface Ec2Snapshot {
  readonly vpcs: readonly ec2.Vpc[];
  readonly subnets: readonly ec2.Subnet[];
  /** With their permissions. */
  readonly securityGroups: readonly ec2.SecurityGroup[];
  /** With all their versions. */
  readonly launchTemplates: readonly (ec2.LaunchTemplate & {
    readonly versions: readonly ec2.LaunchTemplateVersion[];
  })[];
}

export interface Ec2Service extends AwsService {
  snapshot(): Ec2Snapshot;
  /** For services that make groups in their user's network, as EKS does. The group lets its own members in. */
  createServiceGroup(group: NewSecurityGroup): string;
  /** Nothing happens when it is gone already. */
  deleteServiceGroup(groupId: string): void;
}

export function createEc2Service(context: ServiceContext, ports: Ec2Ports = {}): Ec2Service {
  const { instances = () => [], originFacingCidrs = [] } = ports;
  const state = createEc2State(context);
  const handlers = {
    ...zoneHandlers(context.region),
    ...vpcHandlers(state),
    ...subnetHandlers(state),
    ...internetGatewayHandlers(state),
    ...routeTableHandlers(state),
    ...routeHandlers(state),
    ...natGatewayHandlers(state),
    ...securityGroupHandlers(state),
    ...securityGroupRuleHandlers(state),
    ...prefixListHandlers(context.region, originFacingCidrs),
    ...launchTemplateHandlers(state),
    ...instanceHandlers(instances, context.accountId),
    ...tagHandlers(state),
    // Interfaces belong to nodes and load balancers, whose addresses are loopback ones here: none to show.
    DescribeNetworkInterfaces: () => ({ NetworkInterfaces: [] }),
  };
  return {
    sdk: ec2,
    client: ec2.EC2Client,
    handlers: announcing(unlessDryRun(handlers), context),
    errorStatus: { DryRunOperation: 412 },
    snapshot: () => snapshotOf(state),
    createServiceGroup: (group) => createServiceGroup(state, group),
    deleteServiceGroup: (groupId) => {
      if (state.securityGroups.has(groupId)) deleteSecurityGroup(state, state.securityGroups.get(groupId));
    },
  };
}

function unlessDryRun(handlers: Readonly<Record<string, Handler>>): Record<string, Handler> {
  const guarded = Object.entries(handlers).map(([name, handler]): [string, Handler] => [
    name,
    (input: { DryRun?: boolean }, call) => {
      if (!input.DryRun) return handler(input as never, call);
      throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
    },
  ]);
  return Object.fromEntries(guarded);
}

function snapshotOf(state: Ec2State): Ec2Snapshot {
  return {
    vpcs: state.vpcs.all(),
    subnets: state.subnets.all(),
    securityGroups: state.securityGroups.all().map((group) => withPermissions(state, group)),
    launchTemplates: state.launchTemplates.all(),
  };
}

function createServiceGroup(state: Ec2State, group: NewSecurityGroup): string {
  const added = addSecurityGroup(state, group);
  addRules(state, added, false, [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: added.GroupId }] }]);
  return added.GroupId ?? '';
}
