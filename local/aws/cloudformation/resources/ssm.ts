import { unlessAbsent } from './absent.ts';
import type { Properties, ResourceType } from './resource-type.ts';
import { tagList } from './tags.ts';

/** CloudFormation cannot make a SecureString (User Guide, AWS::SSM::Parameter). */
export const parameter: ResourceType = {
  type: 'AWS::SSM::Parameter',
  properties: {
    Name: 'replace',
    Type: 'update',
    Value: 'update',
    Description: 'update',
    AllowedPattern: 'update',
    Tags: 'fixed',
  },
  required: ['Type', 'Value'],
  nameProperty: 'Name',
  attributes: ['Type', 'Value'],
  tags: 'map',
  create: async (properties, tools) => {
    const Name = String(properties.Name ?? tools.name({ maximum: 1011 }));
    await tools.call('ssm', 'PutParameter', { ...input(properties), Name, Tags: tagList(properties) });
    tools.identify(Name);
  },
  read: async (_id, _tools, { Type, Value }) => ({ Type, Value }),
  update: async ({ id, after }, tools) => {
    await tools.call('ssm', 'PutParameter', { ...input(after), Name: id, Overwrite: true });
  },
  delete: (id, tools) => unlessAbsent(tools.call('ssm', 'DeleteParameter', { Name: id })),
};

function input({ Tags: _tags, Name: _name, ...rest }: Properties): Record<string, string> {
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, String(value)]));
}
