import type { CreateSecurityGroupCommandOutput, IpPermission } from '@aws-sdk/client-ec2';
import { unlessAbsent } from './absent.ts';
import { tagSpecifications } from './ec2-tags.ts';
import { InvalidProperty } from './input.ts';
import type { Properties, ResourceType, Tools } from './resource-type.ts';
import { retagEc2 } from './tags.ts';

export const securityGroup: ResourceType = {
  type: 'AWS::EC2::SecurityGroup',
  properties: {
    GroupName: 'replace',
    GroupDescription: 'replace',
    VpcId: 'replace',
    SecurityGroupIngress: 'update',
    SecurityGroupEgress: 'update',
    Tags: 'update',
  },
  required: ['GroupDescription'],
  nameProperty: 'GroupName',
  attributes: ['GroupId', 'Id'],
  tags: 'list',
  create: async (properties, tools) => {
    const { GroupId } = await tools.call<CreateSecurityGroupCommandOutput>('ec2', 'CreateSecurityGroup', {
      GroupName: properties.GroupName ?? tools.name({ maximum: 255 }),
      Description: properties.GroupDescription,
      VpcId: properties.VpcId,
      ...tagSpecifications('security-group', properties),
    });
    const id = String(GroupId);
    tools.identify(id);
    await authorize(id, properties, 'Ingress', tools);
    if (properties.SecurityGroupEgress !== undefined) {
      await tools.call('ec2', 'RevokeSecurityGroupEgress', { GroupId: id, IpPermissions: [allowAll] });
      await authorize(id, properties, 'Egress', tools);
    }
  },
  read: async (id) => ({ GroupId: id, Id: id }),
  update: async ({ id, before, after, changed }, tools) => {
    if (changed.has('Tags')) await retagEc2(id, before, after, tools);
    for (const direction of ['Ingress', 'Egress'] as const)
      if (changed.has(`SecurityGroup${direction}`)) await exchange(id, before, after, direction, tools);
  },
  delete: (id, tools) => unlessAbsent(tools.call('ec2', 'DeleteSecurityGroup', { GroupId: id })),
};

type Direction = 'Ingress' | 'Egress';

/** A group without egress rules of its own is made with this one. */
const allowAll: IpPermission = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

/** New rules first, so that what may pass before and after passes all the time. */
async function exchange(
  id: string,
  before: Properties,
  after: Properties,
  direction: Direction,
  tools: Tools,
): Promise<void> {
  const old = permissions(before, direction);
  const wanted = permissions(after, direction);
  const added = wanted.filter((rule) => !contains(old, rule));
  const removed = old.filter((rule) => !contains(wanted, rule));
  if (added.length > 0)
    await tools.call('ec2', `AuthorizeSecurityGroup${direction}`, { GroupId: id, IpPermissions: added });
  if (removed.length > 0)
    await tools.call('ec2', `RevokeSecurityGroup${direction}`, { GroupId: id, IpPermissions: removed });
}

async function authorize(
  id: string,
  properties: Properties,
  direction: Direction,
  tools: Tools,
): Promise<void> {
  const IpPermissions = permissions(properties, direction);
  if (IpPermissions.length === 0) return;
  await tools.call('ec2', `AuthorizeSecurityGroup${direction}`, { GroupId: id, IpPermissions });
}

function contains(rules: readonly IpPermission[], rule: IpPermission): boolean {
  return rules.some((other) => JSON.stringify(other) === JSON.stringify(rule));
}

function permissions(properties: Properties, direction: Direction): IpPermission[] {
  const rules = properties[`SecurityGroup${direction}`];
  if (rules === undefined) return direction === 'Egress' ? [allowAll] : [];
  return (rules as Properties[]).map((rule, index) =>
    permission(rule, `#/SecurityGroup${direction}/${index}`),
  );
}

function permission(rule: Properties, path: string): IpPermission {
  const { IpProtocol, FromPort, ToPort, Description, ...peer } = rule;
  const ports = FromPort === undefined ? {} : { FromPort: Number(FromPort), ToPort: Number(ToPort) };
  const described = Description === undefined ? {} : { Description: String(Description) };
  const [kind, value] = Object.entries(peer)[0] ?? [];
  const make = kind === undefined ? undefined : peers[kind];
  if (!make || Object.keys(peer).length !== 1)
    throw new InvalidProperty(`${path}: extraneous key [${Object.keys(peer).join(', ')}] is not permitted`);
  return { IpProtocol: String(IpProtocol), ...ports, ...make(String(value), described) };
}

const peers: Readonly<Record<string, (value: string, described: object) => Partial<IpPermission>>> = {
  CidrIp: (CidrIp, described) => ({ IpRanges: [{ CidrIp, ...described }] }),
  CidrIpv6: (CidrIpv6, described) => ({ Ipv6Ranges: [{ CidrIpv6, ...described }] }),
  SourcePrefixListId: (PrefixListId, described) => ({ PrefixListIds: [{ PrefixListId, ...described }] }),
  DestinationPrefixListId: (PrefixListId, described) => ({ PrefixListIds: [{ PrefixListId, ...described }] }),
  SourceSecurityGroupId: (GroupId, described) => ({ UserIdGroupPairs: [{ GroupId, ...described }] }),
  DestinationSecurityGroupId: (GroupId, described) => ({ UserIdGroupPairs: [{ GroupId, ...described }] }),
};
