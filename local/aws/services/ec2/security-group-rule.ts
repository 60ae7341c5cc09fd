import type {
  AuthorizeSecurityGroupIngressCommandInput,
  DescribeSecurityGroupRulesCommandInput,
  IpPermission,
  RevokedSecurityGroupRule,
  RevokeSecurityGroupIngressCommandInput,
  SecurityGroup,
  SecurityGroupRule,
  Tag,
} from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import { parseCidr } from './cidr.ts';
import { type RuleParts, rulesOf, sameRule } from './ip-permission.ts';
import { checkPrefixList, prefixListWeight } from './prefix-list.ts';
import type { Ec2State } from './state.ts';
import { tagsFor } from './table.ts';

type AuthorizeInput = AuthorizeSecurityGroupIngressCommandInput;
type RevokeInput = RevokeSecurityGroupIngressCommandInput;

export function securityGroupRuleHandlers(state: Ec2State): Record<string, Handler> {
  const authorize = (isEgress: boolean) => (input: AuthorizeInput) => {
    const group = findGroup(state, input);
    const tags = tagsFor('security-group-rule', input.TagSpecifications);
    const rules = addRules(state, group, isEgress, permissionsIn(input), tags);
    return { Return: true, SecurityGroupRules: rules };
  };
  const revoke = (isEgress: boolean) => (input: RevokeInput) => {
    const revoked = revokeRules(state, isEgress, input);
    return { Return: true, RevokedSecurityGroupRules: revoked.map(revokedRule) };
  };
  return {
    AuthorizeSecurityGroupIngress: authorize(false),
    AuthorizeSecurityGroupEgress: authorize(true),
    RevokeSecurityGroupIngress: revoke(false),
    RevokeSecurityGroupEgress: revoke(true),
    DescribeSecurityGroupRules: ({
      SecurityGroupRuleIds,
      ...query
    }: DescribeSecurityGroupRulesCommandInput) => {
      const { items, NextToken } = state.securityGroupRules.list({ ids: SecurityGroupRuleIds, ...query });
      return { SecurityGroupRules: items, NextToken };
    },
  };
}

/** All or none: nothing is added when one of the rules is refused. */
export function addRules(
  state: Ec2State,
  group: SecurityGroup,
  IsEgress: boolean,
  permissions: readonly IpPermission[],
  tags: Tag[] = [],
): SecurityGroupRule[] {
  const { securityGroupRules, context } = state;
  const known = rulesOfGroup(state, group.GroupId, IsEgress);
  const wanted = permissions.flatMap(rulesOf);
  for (const [i, rule] of wanted.entries()) {
    checkPeer(state, rule);
    if (
      known.some((other) => sameRule(other, rule)) ||
      wanted.findIndex((other) => sameRule(other, rule)) < i
    ) {
      throw new AwsError(
        'InvalidPermission.Duplicate',
        `the specified rule "${describe(rule)}" already exists`,
      );
    }
  }
  checkLimit([...known, ...wanted]);
  return wanted.map((rule) => {
    const SecurityGroupRuleId = securityGroupRules.newId();
    return securityGroupRules.add(SecurityGroupRuleId, {
      SecurityGroupRuleId,
      GroupId: group.GroupId,
      GroupOwnerId: context.accountId,
      IsEgress,
      ...rule,
      ...(rule.ReferencedGroupInfo ? { ReferencedGroupInfo: peerGroup(state, rule) } : {}),
      Tags: [...tags],
    });
  });
}

function revokeRules(state: Ec2State, isEgress: boolean, input: RevokeInput): SecurityGroupRule[] {
  const group = findGroup(state, input);
  const known = rulesOfGroup(state, group.GroupId, isEgress);
  const revoked = input.SecurityGroupRuleIds?.length
    ? input.SecurityGroupRuleIds.map((id) => state.securityGroupRules.get(id)).filter((rule) =>
        known.includes(rule),
      )
    : permissionsIn(input)
        .flatMap(rulesOf)
        .map((rule) => known.find((other) => sameRule(other, rule)) ?? missingRule());
  for (const { SecurityGroupRuleId = '' } of revoked) state.securityGroupRules.delete(SecurityGroupRuleId);
  return revoked;
}

/** Here a rule names the group it refers to by its ID alone. */
function revokedRule({ ReferencedGroupInfo, ...rule }: SecurityGroupRule): RevokedSecurityGroupRule {
  return { ...rule, ReferencedGroupId: ReferencedGroupInfo?.GroupId };
}

function missingRule(): never {
  throw new AwsError(
    'InvalidPermission.NotFound',
    'The specified rule does not exist in this security group.',
  );
}

/** A group's rules may weigh 60 each way; a prefix list weighs as much as it may have entries. */
function checkLimit(rules: readonly RuleParts[]): void {
  const weight = rules.reduce((sum, { PrefixListId }) => sum + (PrefixListId ? prefixListWeight : 1), 0);
  if (weight <= 60) return;
  throw new AwsError(
    'RulesPerSecurityGroupLimitExceeded',
    'The maximum number of rules per security group has been reached.',
  );
}

function checkPeer(state: Ec2State, { CidrIpv4, PrefixListId, ReferencedGroupInfo }: RuleParts): void {
  if (ReferencedGroupInfo) state.securityGroups.get(ReferencedGroupInfo.GroupId);
  if (PrefixListId) checkPrefixList(PrefixListId);
  if (CidrIpv4 !== undefined && !parseCidr(CidrIpv4)) {
    throw new AwsError('InvalidParameterValue', `CIDR block ${CidrIpv4} is malformed`);
  }
}

function peerGroup({ securityGroups, context }: Ec2State, { ReferencedGroupInfo }: RuleParts) {
  const { GroupId, VpcId } = securityGroups.get(ReferencedGroupInfo?.GroupId);
  return { GroupId, VpcId, UserId: context.accountId };
}

function rulesOfGroup(
  { securityGroupRules }: Ec2State,
  GroupId: string | undefined,
  isEgress: boolean,
): SecurityGroupRule[] {
  return securityGroupRules.all().filter((rule) => rule.GroupId === GroupId && rule.IsEgress === isEgress);
}

function findGroup({ securityGroups }: Ec2State, { GroupId }: AuthorizeInput | RevokeInput): SecurityGroup {
  if (GroupId) return securityGroups.get(GroupId);
  // Without a default VPC a group cannot be found by its name.
  throw new AwsError('MissingParameter', 'The request must contain the parameter groupName or groupId');
}

/** The short form names one peer in the request itself. */
function permissionsIn(input: AuthorizeInput | RevokeInput): IpPermission[] {
  if (input.IpPermissions?.length) return input.IpPermissions;
  const { IpProtocol, FromPort, ToPort, CidrIp } = input;
  if (IpProtocol && CidrIp) return [{ IpProtocol, FromPort, ToPort, IpRanges: [{ CidrIp }] }];
  throw new AwsError('MissingParameter', 'The request must contain the parameter ipPermissions');
}

function describe(rule: RuleParts): string {
  const { IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo } = rule;
  const peer = CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? ReferencedGroupInfo?.GroupId;
  return `peer: ${peer}, ${IpProtocol?.toUpperCase()}, from port: ${FromPort}, to port: ${ToPort}, ALLOW`;
}
