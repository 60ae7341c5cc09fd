import type { CreateRoleCommandOutput, GetRoleCommandOutput } from '@aws-sdk/client-iam';
import { CreateRoleRequest$ } from '@aws-sdk/client-iam';
import { unlessAbsent } from './absent.ts';
import { toInput } from './input.ts';
import type { Properties, ResourceType, Tools } from './resource-type.ts';
import { tagChange } from './tags.ts';

export const role: ResourceType = {
  type: 'AWS::IAM::Role',
  properties: {
    RoleName: 'replace',
    Path: 'replace',
    AssumeRolePolicyDocument: 'update',
    Description: 'update',
    MaxSessionDuration: 'update',
    ManagedPolicyArns: 'update',
    Tags: 'update',
  },
  required: ['AssumeRolePolicyDocument'],
  nameProperty: 'RoleName',
  attributes: ['Arn', 'RoleId'],
  tags: 'list',
  iam: true,
  create: async (properties, tools) => {
    const { ManagedPolicyArns: _arns, ...rest } = properties;
    const output = await tools.call<CreateRoleCommandOutput>(
      'iam',
      'CreateRole',
      toInput(CreateRoleRequest$, {
        ...rest,
        RoleName: properties.RoleName ?? tools.name({ maximum: 64 }),
        AssumeRolePolicyDocument: JSON.stringify(properties.AssumeRolePolicyDocument),
      }),
    );
    const id = String(output.Role?.RoleName);
    tools.identify(id);
    for (const PolicyArn of policyArns(properties))
      await tools.call('iam', 'AttachRolePolicy', { RoleName: id, PolicyArn });
  },
  read: async (id, tools) => {
    const { Role } = await tools.call<GetRoleCommandOutput>('iam', 'GetRole', { RoleName: id });
    return { Arn: Role?.Arn, RoleId: Role?.RoleId };
  },
  update: async ({ id, before, after, changed }, tools) => {
    if (changed.has('AssumeRolePolicyDocument'))
      await tools.call('iam', 'UpdateAssumeRolePolicy', {
        RoleName: id,
        PolicyDocument: JSON.stringify(after.AssumeRolePolicyDocument),
      });
    if (changed.has('Description') || changed.has('MaxSessionDuration'))
      await tools.call('iam', 'UpdateRole', {
        RoleName: id,
        Description: after.Description ?? '',
        MaxSessionDuration: Number(after.MaxSessionDuration ?? 3600),
      });
    if (changed.has('ManagedPolicyArns')) await exchangePolicies(id, before, after, tools);
    if (changed.has('Tags')) await retag(id, before, after, tools);
  },
  delete: async (id, tools, properties) => {
    for (const PolicyArn of policyArns(properties))
      await unlessAbsent(tools.call('iam', 'DetachRolePolicy', { RoleName: id, PolicyArn }));
    await unlessAbsent(tools.call('iam', 'DeleteRole', { RoleName: id }));
  },
};

function policyArns(properties: Properties): string[] {
  return Array.isArray(properties.ManagedPolicyArns) ? properties.ManagedPolicyArns.map(String) : [];
}

async function exchangePolicies(
  id: string,
  before: Properties,
  after: Properties,
  tools: Tools,
): Promise<void> {
  const old = policyArns(before);
  const wanted = policyArns(after);
  for (const PolicyArn of wanted.filter((arn) => !old.includes(arn)))
    await tools.call('iam', 'AttachRolePolicy', { RoleName: id, PolicyArn });
  for (const PolicyArn of old.filter((arn) => !wanted.includes(arn)))
    await tools.call('iam', 'DetachRolePolicy', { RoleName: id, PolicyArn });
}

async function retag(id: string, before: Properties, after: Properties, tools: Tools): Promise<void> {
  const { removed, put } = tagChange(before, after);
  if (removed.length > 0) await tools.call('iam', 'UntagRole', { RoleName: id, TagKeys: removed });
  if (put.length > 0) await tools.call('iam', 'TagRole', { RoleName: id, Tags: put });
}
