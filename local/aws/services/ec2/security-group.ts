import type {
  CreateSecurityGroupCommandInput,
  DeleteSecurityGroupCommandInput,
  DescribeSecurityGroupsCommandInput,
  SecurityGroup,
  Tag,
} from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import { permissionsOf } from './ip-permission.ts';
import { addRules } from './security-group-rule.ts';
import type { Ec2State } from './state.ts';
import { tagsFor } from './table.ts';

export function securityGroupHandlers(state: Ec2State): Record<string, Handler> {
  const { securityGroups, vpcs } = state;
  return {
    CreateSecurityGroup: (input: CreateSecurityGroupCommandInput) => {
      const { GroupName = '', Description, VpcId } = input;
      vpcs.get(VpcId);
      checkName(state, GroupName, VpcId);
      const Tags = tagsFor('security-group', input.TagSpecifications);
      const { GroupId, SecurityGroupArn } = addSecurityGroup(state, { GroupName, Description, VpcId, Tags });
      return { GroupId, SecurityGroupArn, Tags };
    },
    DescribeSecurityGroups: ({
      GroupIds,
      GroupNames,
      Filters = [],
      ...query
    }: DescribeSecurityGroupsCommandInput) => {
      const byName = GroupNames?.length ? [{ Name: 'group-name', Values: GroupNames }] : [];
      const found = securityGroups.list({ ids: GroupIds, Filters: [...Filters, ...byName], ...query });
      return {
        SecurityGroups: found.items.map((group) => withPermissions(state, group)),
        NextToken: found.NextToken,
      };
    },
    DeleteSecurityGroup: ({ GroupId }: DeleteSecurityGroupCommandInput) => {
      deleteSecurityGroup(state, securityGroups.get(GroupId));
      return { Return: true, GroupId };
    },
  };
}

export interface NewSecurityGroup {
  readonly GroupName: string;
  readonly Description: string | undefined;
  readonly VpcId: string | undefined;
  readonly Tags?: Tag[];
}

/** Everything may leave a new group; what may enter is for the rules to say. */
export function addSecurityGroup(state: Ec2State, { Tags = [], ...group }: NewSecurityGroup): SecurityGroup {
  const { securityGroups, context } = state;
  const GroupId = securityGroups.newId();
  const added = securityGroups.add(GroupId, {
    GroupId,
    SecurityGroupArn: `arn:aws:ec2:${context.region}:${context.accountId}:security-group/${GroupId}`,
    OwnerId: context.accountId,
    ...group,
    Tags,
  });
  addRules(state, added, true, [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]);
  return added;
}

export function deleteSecurityGroup(state: Ec2State, { GroupId = '', GroupName }: SecurityGroup): void {
  if (GroupName === 'default') {
    throw new AwsError(
      'CannotDelete',
      `the specified group: "${GroupId}" name: "default" cannot be deleted by a user`,
    );
  }
  const rules = state.securityGroupRules.all();
  const referenced = rules.some(
    (rule) => rule.ReferencedGroupInfo?.GroupId === GroupId && rule.GroupId !== GroupId,
  );
  if (referenced) throw new AwsError('DependencyViolation', `resource ${GroupId} has a dependent object`);
  for (const rule of rules) {
    if (rule.GroupId === GroupId) state.securityGroupRules.delete(rule.SecurityGroupRuleId ?? '');
  }
  state.securityGroups.delete(GroupId);
}

export function withPermissions(state: Ec2State, group: SecurityGroup): SecurityGroup {
  const rules = state.securityGroupRules.all().filter(({ GroupId }) => GroupId === group.GroupId);
  return {
    ...group,
    IpPermissions: permissionsOf(rules.filter(({ IsEgress }) => !IsEgress)),
    IpPermissionsEgress: permissionsOf(rules.filter(({ IsEgress }) => IsEgress)),
  };
}

function checkName({ securityGroups }: Ec2State, GroupName: string, VpcId: string | undefined): void {
  if (GroupName.startsWith('sg-') || GroupName === 'default' || GroupName.length > 255) {
    throw new AwsError('InvalidParameterValue', `Value (${GroupName}) for parameter GroupName is invalid.`);
  }
  if (securityGroups.all().some((group) => group.VpcId === VpcId && group.GroupName === GroupName)) {
    throw new AwsError(
      'InvalidGroup.Duplicate',
      `The security group '${GroupName}' already exists for VPC '${VpcId}'`,
    );
  }
}
