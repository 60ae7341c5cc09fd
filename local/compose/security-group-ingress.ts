import type { SecurityGroup } from '@aws-sdk/client-ec2';
import type { IngressRule } from '../alb/config.ts';

/** What security groups together let in over TCP; groups that do not exist let nobody in. */
export type SecurityGroupIngress = (groupIds: readonly string[]) => readonly IngressRule[];

export function securityGroupIngress(
  groups: readonly SecurityGroup[],
  sources: {
    /** Of the one managed prefix list that there is: where CloudFront's requests come from. */
    readonly prefixListCidrs: readonly string[];
    /** Where the members of a group connect from. */
    readonly membersOf: (groupId: string) => readonly string[];
  },
): SecurityGroupIngress {
  const rules = new Map(groups.map((group) => [group.GroupId ?? '', rulesOf(group, sources)]));
  return (groupIds) => groupIds.flatMap((id) => rules.get(id) ?? []);
}

function rulesOf(
  { IpPermissions = [] }: SecurityGroup,
  { prefixListCidrs, membersOf }: Parameters<typeof securityGroupIngress>[1],
): readonly IngressRule[] {
  return IpPermissions.filter(({ IpProtocol }) => IpProtocol === '-1' || IpProtocol === 'tcp').map(
    ({ IpProtocol, FromPort, ToPort, IpRanges = [], PrefixListIds = [], UserIdGroupPairs = [] }) => ({
      ...(IpProtocol === '-1' || FromPort === undefined || ToPort === undefined
        ? allPorts
        : { fromPort: FromPort, toPort: ToPort }),
      cidrs: [
        ...IpRanges.flatMap(({ CidrIp }) => (CidrIp ? [CidrIp] : [])),
        ...(PrefixListIds.length > 0 ? prefixListCidrs : []),
        ...UserIdGroupPairs.flatMap(({ GroupId = '' }) => membersOf(GroupId)),
      ],
    }),
  );
}

const allPorts = { fromPort: 0, toPort: 65_535 };
