import type {
  CreateLaunchTemplateCommandInput,
  CreateLaunchTemplateVersionCommandInput,
  DeleteLaunchTemplateCommandInput,
  DescribeLaunchTemplatesCommandInput,
  DescribeLaunchTemplateVersionsCommandInput,
  LaunchTemplate,
  LaunchTemplateVersion,
  ModifyLaunchTemplateCommandInput,
  RequestLaunchTemplateData,
  ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import type { Ec2State } from './state.ts';
import { tagsFor } from './table.ts';

type Template = LaunchTemplate & { versions: LaunchTemplateVersion[] };
interface Named {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
}

export function launchTemplateHandlers(state: Ec2State): Record<string, Handler> {
  const { launchTemplates } = state;
  return {
    CreateLaunchTemplate: (input: CreateLaunchTemplateCommandInput) => ({
      LaunchTemplate: shown(createTemplate(state, input)),
    }),
    CreateLaunchTemplateVersion: ({
      LaunchTemplateData,
      ...input
    }: CreateLaunchTemplateVersionCommandInput) => {
      const template = findTemplate(state, input);
      return {
        LaunchTemplateVersion: addVersion(state, template, LaunchTemplateData, input.VersionDescription),
      };
    },
    DescribeLaunchTemplates: ({
      LaunchTemplateIds,
      LaunchTemplateNames = [],
      ...query
    }: DescribeLaunchTemplatesCommandInput) => {
      for (const LaunchTemplateName of LaunchTemplateNames) findTemplate(state, { LaunchTemplateName });
      const { items, NextToken } = launchTemplates.list({ ids: LaunchTemplateIds, ...query });
      const named = items.filter(
        ({ LaunchTemplateName = '' }) =>
          LaunchTemplateNames.length === 0 || LaunchTemplateNames.includes(LaunchTemplateName),
      );
      return { LaunchTemplates: named.map(shown), NextToken };
    },
    DescribeLaunchTemplateVersions: ({ Versions, ...input }: DescribeLaunchTemplateVersionsCommandInput) => {
      const template = findTemplate(state, input);
      return {
        LaunchTemplateVersions:
          Versions?.map((version) => findVersion(template, version)) ?? template.versions,
      };
    },
    ModifyLaunchTemplate: ({ DefaultVersion, ...input }: ModifyLaunchTemplateCommandInput) => {
      const template = findTemplate(state, input);
      const chosen = findVersion(template, DefaultVersion ?? '');
      template.DefaultVersionNumber = chosen.VersionNumber;
      for (const version of template.versions) version.DefaultVersion = version === chosen;
      return { LaunchTemplate: shown(template) };
    },
    DeleteLaunchTemplate: (input: DeleteLaunchTemplateCommandInput) => {
      const template = findTemplate(state, input);
      launchTemplates.delete(template.LaunchTemplateId ?? '');
      return { LaunchTemplate: shown(template) };
    },
  };
}

function createTemplate(state: Ec2State, input: CreateLaunchTemplateCommandInput): Template {
  const { launchTemplates, context } = state;
  const { LaunchTemplateName } = input;
  if (launchTemplates.all().some((other) => other.LaunchTemplateName === LaunchTemplateName)) {
    throw new AwsError(
      'InvalidLaunchTemplateName.AlreadyExistsException',
      'Launch template name already in use.',
    );
  }
  const LaunchTemplateId = launchTemplates.newId();
  const template = launchTemplates.add(LaunchTemplateId, {
    LaunchTemplateId,
    LaunchTemplateName,
    CreateTime: context.clock.now(),
    CreatedBy: `arn:aws:iam::${context.accountId}:user/stormproof`,
    DefaultVersionNumber: 1,
    LatestVersionNumber: 0,
    Tags: tagsFor('launch-template', input.TagSpecifications),
    versions: [],
  });
  addVersion(state, template, input.LaunchTemplateData, input.VersionDescription);
  return template;
}

function addVersion(
  { context }: Ec2State,
  template: Template,
  data: RequestLaunchTemplateData | undefined,
  VersionDescription: string | undefined,
): LaunchTemplateVersion {
  const VersionNumber = (template.LatestVersionNumber ?? 0) + 1;
  template.LatestVersionNumber = VersionNumber;
  const version: LaunchTemplateVersion = {
    LaunchTemplateId: template.LaunchTemplateId,
    LaunchTemplateName: template.LaunchTemplateName,
    VersionNumber,
    VersionDescription,
    CreateTime: context.clock.now(),
    CreatedBy: template.CreatedBy,
    DefaultVersion: VersionNumber === template.DefaultVersionNumber,
    // What a template is asked for and what it answers differ in nothing that a node group uses.
    LaunchTemplateData: data as ResponseLaunchTemplateData | undefined,
  };
  template.versions.push(version);
  return version;
}

function findTemplate(
  { launchTemplates }: Ec2State,
  { LaunchTemplateId, LaunchTemplateName }: Named,
): Template {
  if (LaunchTemplateId) return launchTemplates.get(LaunchTemplateId);
  const found = launchTemplates.all().find((template) => template.LaunchTemplateName === LaunchTemplateName);
  if (found) return found;
  throw new AwsError(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${LaunchTemplateName}, does not exist.`,
  );
}

function findVersion(template: Template, version: string): LaunchTemplateVersion {
  const number =
    { $Latest: template.LatestVersionNumber, $Default: template.DefaultVersionNumber }[version] ??
    Number(version);
  const found = template.versions.find(({ VersionNumber }) => VersionNumber === number);
  if (found) return found;
  throw new AwsError(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find the specified version ${version} for the launch template with ID ${template.LaunchTemplateId}.`,
  );
}

function shown({ versions: _versions, ...template }: Template): LaunchTemplate {
  return template;
}
