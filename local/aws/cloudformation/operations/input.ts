import type { Capability, Parameter, Tag } from '@aws-sdk/client-cloudformation';
import { AwsError } from '../../service.ts';
import { readParameter } from '../stack/dynamic-references.ts';
import type { Engine } from '../stack/engine.ts';
import { findStack, pseudoParameter } from '../stack/engine.ts';
import type { Model } from '../stack/model.ts';
import { createModel } from '../stack/model.ts';
import { typeOf } from '../stack/resource-operations.ts';
import type { Stack } from '../stack/stack.ts';
import { resolveParameters } from '../template/parameters.ts';
import type { Template } from '../template/template.ts';
import { invalid, readTemplate } from '../template/template.ts';

/** What CreateStack, UpdateStack and CreateChangeSet have in common. */
export interface TemplateInput {
  readonly TemplateBody?: string;
  readonly UsePreviousTemplate?: boolean;
  readonly Parameters?: readonly Parameter[];
  readonly Capabilities?: readonly Capability[];
  readonly Tags?: readonly Tag[];
}

/** Members that would change what happens and that we do not honour are refused, never ignored. */
export function refuseUnsupported(input: object, supported: readonly string[]): void {
  const given = Object.entries(input).filter(([, value]) => value !== undefined && !isEmpty(value));
  const unsupported = given.map(([name]) => name).filter((name) => !supported.includes(name));
  if (unsupported.length > 0)
    throw invalid(`Unsupported parameters in this endpoint's request: [${unsupported.join(', ')}]`);
}

function isEmpty(value: unknown): boolean {
  return (Array.isArray(value) && value.length === 0) || value === false;
}

/** The quota on a template that is sent in the request (AWS CloudFormation quotas). */
const maxBodyLength = 51_200;

export function templateFrom(body: string | undefined): Template {
  if (body === undefined || body === '')
    throw invalid('Either Template URL or Template Body must be specified.');
  if (Buffer.byteLength(body) > maxBodyLength)
    throw invalid(
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${maxBodyLength}`,
    );
  return readTemplate(body);
}

export async function modelFrom(
  engine: Engine,
  stack: Pick<Stack, 'id' | 'name' | 'model' | 'tags'>,
  input: TemplateInput,
): Promise<Model> {
  const previous = stack.model;
  const template =
    input.UsePreviousTemplate && previous ? previous.template : templateFrom(input.TemplateBody);
  const parameters = await resolveParameters(template, {
    given: input.Parameters ?? [],
    previous: previous?.parameters,
    stored: (name) => readParameter(engine, name, false),
  });
  const pseudo = (name: string): unknown => pseudoParameter(engine, stack, name);
  const model = createModel(template, parameters, input.Tags ?? stack.tags, pseudo);
  requireCapabilities(model, input.Capabilities ?? []);
  return model;
}

/** Named IAM entities need the stronger acknowledgement, which includes the weaker. */
function requireCapabilities({ template, needs }: Model, given: readonly Capability[]): void {
  const declared = [...needs.keys()].map((id) => template.resources[id]).filter((one) => one !== undefined);
  const entities = declared.map((one) => ({ type: typeOf(one.Type), one })).filter(({ type }) => type.iam);
  if (entities.length === 0) return;
  const named = entities.some(({ type, one }) => type.nameProperty && one.Properties?.[type.nameProperty]);
  const needed = named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
  if (given.includes(needed) || given.includes('CAPABILITY_NAMED_IAM')) return;
  throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${needed}]`);
}

export function requireStack(engine: Engine, name: string | undefined, message?: string): Stack {
  const stack = findStack(engine, name);
  if (!stack) throw invalid(message ?? `Stack with id ${name} does not exist`);
  return stack;
}

export function requireUpdatable(stack: Stack): void {
  const good = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'];
  if (!good.includes(stack.status))
    throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
}
