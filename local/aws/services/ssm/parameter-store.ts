import type {
  Parameter,
  ParameterHistory,
  ParameterType,
  PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import { AwsError, type ServiceContext } from '../../service.ts';

export interface StoredParameter {
  readonly name: string;
  /** Oldest first; the version is the place in the list, plus one. */
  readonly versions: StoredVersion[];
}

export interface StoredVersion {
  readonly version: number;
  readonly type: ParameterType;
  readonly value: string;
  /** What is shown of a SecureString to those who do not ask for decryption. */
  readonly ciphertext: string;
  readonly description: string | undefined;
  readonly keyId: string | undefined;
  readonly tier: 'Standard' | 'Advanced';
  readonly dataType: string;
  readonly modifiedAt: Date;
}

export interface ParameterStore {
  readonly context: ServiceContext;
  readonly parameters: Map<string, StoredParameter>;
}

export function findParameter({ parameters }: ParameterStore, name: string): StoredParameter {
  const found = parameters.get(name);
  if (found) return found;
  throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
}

export function newest({ versions }: StoredParameter): StoredVersion {
  const found = versions.at(-1);
  if (!found) throw new RangeError('Cannot read a parameter: it has no version');
  return found;
}

export function putParameter(store: ParameterStore, input: PutParameterCommandInput): StoredVersion {
  const { Name = '', Overwrite = false } = input;
  checkName(Name);
  const known = store.parameters.get(Name);
  if (known && !Overwrite) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  const parameter = known ?? { name: Name, versions: [] };
  const added = newVersion(store, parameter, input);
  parameter.versions.push(added);
  store.parameters.set(Name, parameter);
  return added;
}

export function shownParameter(
  { context }: ParameterStore,
  parameter: StoredParameter,
  version: StoredVersion,
  decrypt: boolean | undefined,
): Parameter {
  return {
    Name: parameter.name,
    Type: version.type,
    Value: shownValue(version, decrypt),
    Version: version.version,
    LastModifiedDate: version.modifiedAt,
    ARN: parameterArn(context, parameter.name),
    DataType: version.dataType,
  };
}

export function shownHistory(
  { context }: ParameterStore,
  parameter: StoredParameter,
  version: StoredVersion,
  decrypt: boolean | undefined,
): ParameterHistory {
  return {
    ...shownMetadata({ context }, parameter, version),
    Value: shownValue(version, decrypt),
    Labels: [],
  };
}

export function shownMetadata(
  { context }: Pick<ParameterStore, 'context'>,
  { name }: StoredParameter,
  version: StoredVersion,
) {
  return {
    Name: name,
    Type: version.type,
    KeyId: version.keyId,
    LastModifiedDate: version.modifiedAt,
    LastModifiedUser: `arn:aws:iam::${context.accountId}:user/stormproof`,
    Description: version.description,
    Version: version.version,
    Tier: version.tier,
    Policies: [],
    DataType: version.dataType,
  };
}

export function parameterArn({ region, accountId }: ServiceContext, name: string): string {
  return `arn:aws:ssm:${region}:${accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}

function newVersion(
  { context }: ParameterStore,
  parameter: StoredParameter,
  input: PutParameterCommandInput,
): StoredVersion {
  const before = parameter.versions.at(-1);
  const type = input.Type ?? before?.type;
  const { Value = '', AllowedPattern } = input;
  if (!type) {
    throw new AwsError('ValidationException', 'A parameter type is required when you create a parameter.');
  }
  const tier = input.Tier === 'Advanced' ? 'Advanced' : 'Standard';
  const limit = tier === 'Advanced' ? 8192 : 4096;
  if (Value === '' || Buffer.byteLength(Value) > limit) {
    throw new AwsError(
      'ValidationException',
      `${tier} tier parameters support a maximum parameter value of ${limit} characters.`,
    );
  }
  if (AllowedPattern && !allowedPattern(AllowedPattern).test(Value)) {
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${AllowedPattern}`,
    );
  }
  return {
    version: (before?.version ?? 0) + 1,
    type,
    value: Value,
    ciphertext: `AQICAH${context.random.text(96)}`,
    description: input.Description ?? before?.description,
    keyId: type === 'SecureString' ? (input.KeyId ?? before?.keyId ?? 'alias/aws/ssm') : undefined,
    tier,
    dataType: input.DataType ?? 'text',
    modifiedAt: context.clock.now(),
  };
}

function allowedPattern(source: string): RegExp {
  try {
    return new RegExp(source);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new AwsError(
      'InvalidAllowedPatternException',
      `The pattern "${source}" is not a regular expression`,
    );
  }
}

function shownValue({ type, value, ciphertext }: StoredVersion, decrypt: boolean | undefined): string {
  return type === 'SecureString' && !decrypt ? ciphertext : value;
}

function checkName(name: string): void {
  if (
    !/^[\w./-]{1,1011}$/.test(name) ||
    (name.includes('/') && !name.startsWith('/')) ||
    name.includes('//')
  ) {
    throw new AwsError(
      'ValidationException',
      'Parameter name must be a fully qualified name: it must begin with "/" and contain only letters, digits and the symbols .-_/',
    );
  }
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw new AwsError(
      'ValidationException',
      'Parameter name: can\'t be prefixed with "ssm" or "aws" (case-insensitive).',
    );
  }
}
