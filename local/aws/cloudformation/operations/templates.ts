import type {
  Capability,
  GetTemplateCommandInput,
  GetTemplateCommandOutput,
  GetTemplateSummaryCommandInput,
  GetTemplateSummaryCommandOutput,
  ValidateTemplateCommandInput,
  ValidateTemplateCommandOutput,
} from '@aws-sdk/client-cloudformation';
import type { Engine } from '../stack/engine.ts';
import { checkReferences } from '../stack/model.ts';
import { typeOf } from '../stack/resource-operations.ts';
import type { ParameterDeclaration, Template } from '../template/template.ts';
import { requireStack, templateFrom } from './input.ts';

type Answer<T> = Omit<T, '$metadata'>;

/** The operations that speak of a template and not of what it made. */
export function templateOperations(engine: Engine) {
  return {
    GetTemplate: (input: GetTemplateCommandInput): Answer<GetTemplateCommandOutput> => {
      const stack = requireStack(engine, input.StackName);
      const changeSet = input.ChangeSetName ? stack.changeSets.get(input.ChangeSetName) : undefined;
      const body = (changeSet?.model ?? stack.model)?.template.body;
      return { TemplateBody: body, StagesAvailable: ['Original', 'Processed'] };
    },

    ValidateTemplate: (input: ValidateTemplateCommandInput): Answer<ValidateTemplateCommandOutput> => {
      const template = templateFrom(input.TemplateBody);
      checkReferences(template);
      return {
        Description: template.description,
        Parameters: declared(template).map(([ParameterKey, one]) => ({
          ParameterKey,
          DefaultValue: defaultOf(one),
          NoEcho: isSecret(one),
          Description: one.Description,
        })),
        ...capabilitiesOf(template),
      };
    },

    GetTemplateSummary: (input: GetTemplateSummaryCommandInput): Answer<GetTemplateSummaryCommandOutput> => {
      const body = input.StackName
        ? requireStack(engine, input.StackName).model?.template.body
        : input.TemplateBody;
      const template = templateFrom(body);
      return {
        Description: template.description,
        Version: '2010-09-09',
        ResourceTypes: [...new Set(Object.values(template.resources).map(({ Type }) => Type))],
        Parameters: declared(template).map(([ParameterKey, one]) => ({
          ParameterKey,
          ParameterType: one.Type,
          DefaultValue: defaultOf(one),
          NoEcho: isSecret(one),
          Description: one.Description,
          ParameterConstraints: one.AllowedValues ? { AllowedValues: one.AllowedValues.map(String) } : {},
        })),
        ...capabilitiesOf(template),
      };
    },
  };
}

function declared(template: Template): [string, ParameterDeclaration][] {
  return Object.entries(template.parameters);
}

function defaultOf(declaration: ParameterDeclaration): string | undefined {
  return declaration.Default === undefined ? undefined : String(declaration.Default);
}

function isSecret(declaration: ParameterDeclaration): boolean {
  return String(declaration.NoEcho ?? false) === 'true';
}

interface Capabilities {
  readonly Capabilities?: Capability[];
  readonly CapabilitiesReason?: string;
}

function capabilitiesOf(template: Template): Capabilities {
  checkReferences(template);
  const entities = Object.values(template.resources).filter(({ Type }) => typeOf(Type).iam);
  if (entities.length === 0) return {};
  const named = entities.some(({ Type, Properties }) => Properties?.[typeOf(Type).nameProperty ?? '']);
  const types = [...new Set(entities.map(({ Type }) => Type))];
  return {
    Capabilities: [named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'],
    CapabilitiesReason: `The following resource(s) require capabilities: [${types.join(', ')}]`,
  };
}
