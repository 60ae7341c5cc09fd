import type {
  CreateLaunchTemplateCommandOutput,
  DescribeLaunchTemplatesCommandOutput,
} from '@aws-sdk/client-ec2';
import { RequestLaunchTemplateData$ } from '@aws-sdk/client-ec2';
import { unlessAbsent } from './absent.ts';
import { toInput } from './input.ts';
import type { ResourceType } from './resource-type.ts';

export const launchTemplate: ResourceType = {
  type: 'AWS::EC2::LaunchTemplate',
  properties: { LaunchTemplateName: 'replace', LaunchTemplateData: 'update' },
  required: ['LaunchTemplateData'],
  nameProperty: 'LaunchTemplateName',
  attributes: ['LaunchTemplateId', 'LatestVersionNumber', 'DefaultVersionNumber'],
  create: async ({ LaunchTemplateName, LaunchTemplateData }, tools) => {
    const output = await tools.call<CreateLaunchTemplateCommandOutput>('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: LaunchTemplateName ?? tools.name({ maximum: 128 }),
      LaunchTemplateData: toInput(RequestLaunchTemplateData$, LaunchTemplateData as object),
    });
    tools.identify(String(output.LaunchTemplate?.LaunchTemplateId));
  },
  read: async (id, tools) => {
    const output = await tools.call<DescribeLaunchTemplatesCommandOutput>('ec2', 'DescribeLaunchTemplates', {
      LaunchTemplateIds: [id],
    });
    const [found] = output.LaunchTemplates ?? [];
    return {
      LaunchTemplateId: id,
      LatestVersionNumber: String(found?.LatestVersionNumber),
      DefaultVersionNumber: String(found?.DefaultVersionNumber),
    };
  },
  update: async ({ id, after }, tools) => {
    await tools.call('ec2', 'CreateLaunchTemplateVersion', {
      LaunchTemplateId: id,
      LaunchTemplateData: toInput(RequestLaunchTemplateData$, after.LaunchTemplateData as object),
    });
  },
  delete: (id, tools) => unlessAbsent(tools.call('ec2', 'DeleteLaunchTemplate', { LaunchTemplateId: id })),
};
