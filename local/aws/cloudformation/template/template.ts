import { AwsError } from '../../service.ts';
import { readDocument } from './document.ts';

/** A template whose sections are known to have the right shape; values inside may hold intrinsics. */
export interface Template {
  readonly body: string;
  readonly description?: string;
  readonly metadata?: unknown;
  readonly parameters: Readonly<Record<string, ParameterDeclaration>>;
  readonly mappings: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, ResourceDeclaration>>;
  readonly outputs: Readonly<Record<string, OutputDeclaration>>;
}

export interface ParameterDeclaration {
  readonly Type: string;
  readonly Default?: unknown;
  readonly NoEcho?: unknown;
  readonly Description?: string;
  readonly AllowedValues?: readonly unknown[];
  readonly AllowedPattern?: string;
  readonly ConstraintDescription?: string;
  readonly MinLength?: unknown;
  readonly MaxLength?: unknown;
  readonly MinValue?: unknown;
  readonly MaxValue?: unknown;
}

export interface ResourceDeclaration {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: unknown;
  readonly UpdateReplacePolicy?: unknown;
  readonly Metadata?: unknown;
}

export interface OutputDeclaration {
  readonly Value: unknown;
  readonly Description?: string;
  readonly Export?: { readonly Name: unknown };
  readonly Condition?: string;
}

/** Refuses what CloudFormation refuses before it looks at any value. */
export function readTemplate(body: string): Template {
  const document = record(readDocument(body), 'Template format error: unsupported structure.');
  refuseUnknown(document, sections, (key) => `Invalid template property or properties [${key}]`);
  const version = document.AWSTemplateFormatVersion;
  if (version !== undefined && version !== '2010-09-09')
    throw invalid(
      `Template format error: ${String(version)} is not a supported value for AWSTemplateFormatVersion.`,
    );
  const resources = section(document, 'Resources');
  if (Object.keys(resources).length === 0)
    throw invalid('Template format error: At least one Resources member must be defined.');
  for (const [id, value] of Object.entries(resources)) checkResource(id, value);
  const parameters = section(document, 'Parameters');
  for (const [name, value] of Object.entries(parameters)) checkParameter(name, value);
  const outputs = section(document, 'Outputs');
  for (const [name, value] of Object.entries(outputs)) checkOutput(name, value);
  return {
    body,
    description: document.Description === undefined ? undefined : String(document.Description),
    metadata: document.Metadata,
    parameters: parameters as Template['parameters'],
    mappings: section(document, 'Mappings') as Template['mappings'],
    conditions: section(document, 'Conditions'),
    resources: resources as Template['resources'],
    outputs: outputs as Template['outputs'],
  };
}

/** `Transform` and `Rules` are absent: a template that has them is refused and not half understood. */
const sections = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
];
const resourceMembers = [
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
];
const policies = ['Delete', 'Retain', 'Snapshot', 'RetainExceptOnCreate'];

function checkResource(id: string, value: unknown): void {
  const resource = record(value, 'Template format error: Any Resources member must be an object.');
  if (!/^[A-Za-z0-9]+$/.test(id))
    throw invalid(`Template format error: Resource name ${id} is non alphanumeric.`);
  if (typeof resource.Type !== 'string')
    throw invalid(
      `Template format error: [/Resources/${id}] Every Resources object must contain a Type member.`,
    );
  refuseUnknown(resource, resourceMembers, (key) => `Invalid template resource property '${key}'`);
  if (resource.Properties !== undefined)
    record(resource.Properties, `Template format error: [/Resources/${id}/Properties] must be an object`);
  for (const member of ['DeletionPolicy', 'UpdateReplacePolicy']) {
    const policy = resource[member];
    if (policy !== undefined && !policies.includes(String(policy)))
      throw invalid(`Template format error: Unrecognized ${member} ${String(policy)} for resource ${id}`);
  }
}

function checkParameter(name: string, value: unknown): void {
  const parameter = record(value, 'Template format error: Every Parameters member must be an object.');
  if (typeof parameter.Type !== 'string')
    throw invalid(`Template format error: Every Parameters object must contain a Type member.`);
  if (!parameterTypes.some((pattern) => pattern.test(String(parameter.Type))))
    throw invalid(`Template format error: Unrecognized parameter type: ${parameter.Type}`);
  if (!/^[A-Za-z0-9]+$/.test(name))
    throw invalid(`Template format error: Parameter name ${name} is non alphanumeric.`);
}

const parameterTypes = [
  /^(String|Number|CommaDelimitedList|List<(Number|String)>)$/,
  /^(List<)?AWS::(EC2|Route53)::[A-Za-z:]+>?$/,
  /^AWS::SSM::Parameter::(Name|Value<.+>)$/,
];

function checkOutput(name: string, value: unknown): void {
  const output = record(value, `Template format error: Output ${name} is malformed.`);
  if (output.Value === undefined)
    throw invalid(`Template format error: Every Outputs member must contain a Value object`);
}

function section(document: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = document[name];
  if (value === undefined || value === null) return {};
  return record(value, `Template format error: ${name} must be an object.`);
}

function refuseUnknown(value: object, known: readonly string[], message: (key: string) => string): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(message(unknown));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown, message: string): Record<string, unknown> {
  if (!isRecord(value)) throw invalid(message);
  return value;
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
