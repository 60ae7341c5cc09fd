import type { CreateWebACLCommandOutput, GetWebACLCommandOutput } from '@aws-sdk/client-wafv2';
import { CreateWebACLRequest$ } from '@aws-sdk/client-wafv2';
import { isGone } from './absent.ts';
import { toInput } from './input.ts';
import type { Properties, ResourceType, Tools } from './resource-type.ts';

/** Its physical ID is `name|id|scope`. */
export const webAcl: ResourceType = {
  type: 'AWS::WAFv2::WebACL',
  properties: {
    Name: 'replace',
    Scope: 'replace',
    DefaultAction: 'update',
    Description: 'update',
    Rules: 'update',
    VisibilityConfig: 'update',
    CustomResponseBodies: 'update',
    AssociationConfig: 'update',
    TokenDomains: 'update',
    Tags: 'fixed',
  },
  required: ['DefaultAction', 'Scope', 'VisibilityConfig'],
  nameProperty: 'Name',
  attributes: ['Arn', 'Id', 'Capacity', 'LabelNamespace'],
  tags: 'list',
  create: async (properties, tools) => {
    const Name = String(properties.Name ?? tools.name({ maximum: 128 }));
    const output = await tools.call<CreateWebACLCommandOutput>(
      'wafv2',
      'CreateWebACL',
      toInput(CreateWebACLRequest$, { ...properties, Name }),
    );
    tools.identify(`${Name}|${String(output.Summary?.Id)}|${String(properties.Scope)}`);
  },
  read: async (id, tools) => {
    const { WebACL } = await get(id, tools);
    return {
      Arn: WebACL?.ARN,
      Id: WebACL?.Id,
      Capacity: String(WebACL?.Capacity),
      LabelNamespace: WebACL?.LabelNamespace,
    };
  },
  update: async ({ id, after }, tools) => {
    const { Tags: _tags, ...rest } = after;
    const { LockToken } = await get(id, tools);
    await tools.call('wafv2', 'UpdateWebACL', {
      ...toInput<object>(CreateWebACLRequest$, rest as Properties),
      ...names(id),
      LockToken,
    });
  },
  delete: async (id, tools) => {
    if (await isGone(get(id, tools))) return;
    const { LockToken } = await get(id, tools);
    await tools.call('wafv2', 'DeleteWebACL', { ...names(id), LockToken });
  },
};

function names(id: string): { Name: string; Id: string; Scope: string } {
  const [Name = '', Id = '', Scope = ''] = id.split('|');
  return { Name, Id, Scope };
}

function get(id: string, tools: Tools): Promise<GetWebACLCommandOutput> {
  return tools.call<GetWebACLCommandOutput>('wafv2', 'GetWebACL', names(id));
}
