import type { IpPermission, SecurityGroupRule } from '@aws-sdk/client-ec2';
import { AwsError } from '../../service.ts';

/** One peer of a permission: what a security group rule is. */
export type RuleParts = Pick<
  SecurityGroupRule,
  | 'IpProtocol'
  | 'FromPort'
  | 'ToPort'
  | 'CidrIpv4'
  | 'CidrIpv6'
  | 'PrefixListId'
  | 'ReferencedGroupInfo'
  | 'Description'
>;

/** A permission names many peers; each becomes a rule of its own. */
export function rulesOf(permission: IpPermission): RuleParts[] {
  const { IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [] } = permission;
  const ports = normalPorts(permission);
  const rules = [
    ...IpRanges.map(({ CidrIp, Description }) => ({ ...ports, CidrIpv4: CidrIp, Description })),
    ...Ipv6Ranges.map(({ CidrIpv6, Description }) => ({ ...ports, CidrIpv6, Description })),
    ...PrefixListIds.map(({ PrefixListId, Description }) => ({ ...ports, PrefixListId, Description })),
    ...UserIdGroupPairs.map(({ GroupId, Description }) => ({
      ...ports,
      ReferencedGroupInfo: { GroupId },
      Description,
    })),
  ];
  if (rules.length > 0) return rules;
  throw new AwsError(
    'MissingParameter',
    'The request must contain the parameter ipRanges, prefixListIds or groups',
  );
}

/** The other way: rules of the same protocol and ports are one permission. */
export function permissionsOf(rules: readonly SecurityGroupRule[]): IpPermission[] {
  const byPorts = Map.groupBy(
    rules,
    ({ IpProtocol, FromPort, ToPort }) => `${IpProtocol} ${FromPort} ${ToPort}`,
  );
  return [...byPorts.values()].map((same) => ({
    IpProtocol: same[0]?.IpProtocol,
    ...(same[0]?.IpProtocol === '-1' ? {} : { FromPort: same[0]?.FromPort, ToPort: same[0]?.ToPort }),
    IpRanges: same.flatMap(({ CidrIpv4, Description }) =>
      CidrIpv4 ? [{ CidrIp: CidrIpv4, Description }] : [],
    ),
    Ipv6Ranges: same.flatMap(({ CidrIpv6, Description }) => (CidrIpv6 ? [{ CidrIpv6, Description }] : [])),
    PrefixListIds: same.flatMap(({ PrefixListId, Description }) =>
      PrefixListId ? [{ PrefixListId, Description }] : [],
    ),
    UserIdGroupPairs: same.flatMap(({ ReferencedGroupInfo, Description }) =>
      ReferencedGroupInfo ? [{ ...ReferencedGroupInfo, Description }] : [],
    ),
  }));
}

/** Two rules are the same whatever is written in their descriptions. */
export function sameRule(a: RuleParts, b: RuleParts): boolean {
  return ruleKey(a) === ruleKey(b);
}

function ruleKey(rule: RuleParts): string {
  const { IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo } = rule;
  return [IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo?.GroupId].join(
    ' ',
  );
}

const protocolNames: Readonly<Record<string, string>> = {
  '6': 'tcp',
  '17': 'udp',
  '1': 'icmp',
  '58': 'icmpv6',
  all: '-1',
};

function normalPorts({ IpProtocol = '', FromPort, ToPort }: IpPermission): RuleParts {
  const protocol = protocolNames[IpProtocol.toLowerCase()] ?? IpProtocol.toLowerCase();
  if (protocol === '-1') return { IpProtocol: '-1', FromPort: -1, ToPort: -1 };
  if (!['tcp', 'udp', 'icmp', 'icmpv6'].includes(protocol)) {
    throw new AwsError(
      'InvalidPermission.Malformed',
      `Unsupported IP protocol "${IpProtocol}" - supported: [udp, tcp, icmp]`,
    );
  }
  if (FromPort === undefined || ToPort === undefined || !isPortRange(FromPort, ToPort)) {
    throw new AwsError(
      'InvalidParameterValue',
      `Invalid value for portRange. Must specify both from and to ports with ${IpProtocol.toUpperCase()}.`,
    );
  }
  return { IpProtocol: protocol, FromPort, ToPort };
}

function isPortRange(from: number, to: number): boolean {
  return [from, to].every((port) => Number.isInteger(port) && port >= -1 && port <= 65_535) && from <= to;
}
