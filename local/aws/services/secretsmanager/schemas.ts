/**
 * The part of the Secrets Manager model (2017-10-17) that is served, in the form in which the SDK's clients carry
 * theirs: [3, namespace, name, traits, members, types, required] and [9, …, input, output]. A schema that is not
 * exported is reached through the ones that are.
 */
const namespace = 'com.amazonaws.secretsmanager';
const text = 0;
const long = 1;
const flag = 2;
const instant = 4;
const blob = 21;
const texts = 64 | text;

const RotationRules = structure('RotationRulesType', {
  AutomaticallyAfterDays: long,
  Duration: text,
  ScheduleExpression: text,
});
const Tags = list('TagListType', structure('Tag', { Key: text, Value: text }));
const Filters = list('FiltersListType', structure('Filter', { Key: text, Values: texts }));
const VersionsToStages = [2, namespace, 'SecretVersionsToStagesMapType', 0, text, texts];

const described = {
  ARN: text,
  Name: text,
  Description: text,
  KmsKeyId: text,
  RotationEnabled: flag,
  RotationLambdaARN: text,
  RotationRules,
  LastRotatedDate: instant,
  LastChangedDate: instant,
  LastAccessedDate: instant,
  DeletedDate: instant,
  NextRotationDate: instant,
  Tags,
  OwningService: text,
  CreatedDate: instant,
  PrimaryRegion: text,
};

export const GetSecretValue$ = operation(
  'GetSecretValue',
  structure('GetSecretValueRequest', { SecretId: text, VersionId: text, VersionStage: text }, 1),
  structure('GetSecretValueResponse', {
    ARN: text,
    Name: text,
    VersionId: text,
    SecretBinary: blob,
    SecretString: text,
    VersionStages: texts,
    CreatedDate: instant,
  }),
);

export const DescribeSecret$ = operation(
  'DescribeSecret',
  structure('DescribeSecretRequest', { SecretId: text }, 1),
  structure('DescribeSecretResponse', { ...described, VersionIdsToStages: VersionsToStages }),
);

export const ListSecrets$ = operation(
  'ListSecrets',
  structure('ListSecretsRequest', {
    IncludePlannedDeletion: flag,
    MaxResults: long,
    NextToken: text,
    Filters,
    SortOrder: text,
    SortBy: text,
  }),
  structure('ListSecretsResponse', {
    SecretList: list(
      'SecretListType',
      structure('SecretListEntry', { ...described, SecretVersionsToStages: VersionsToStages }),
    ),
    NextToken: text,
  }),
);

export const RotateSecret$ = operation(
  'RotateSecret',
  structure(
    'RotateSecretRequest',
    {
      SecretId: text,
      ClientRequestToken: [text, { idempotencyToken: 1 }],
      RotationLambdaARN: text,
      RotationRules,
      RotateImmediately: flag,
    },
    1,
  ),
  structure('RotateSecretResponse', { ARN: text, Name: text, VersionId: text }),
);

export const ResourceNotFoundException$ = error('ResourceNotFoundException');
export const InvalidParameterException$ = error('InvalidParameterException');
export const InvalidRequestException$ = error('InvalidRequestException');
export const InvalidNextTokenException$ = error('InvalidNextTokenException');

/** What an SDK client's configuration says of the wire. */
export class SecretsManagerClient {
  readonly config = {
    serviceId: 'Secrets Manager',
    signingName: 'secretsmanager',
    protocol: { getShapeId: () => 'aws.protocols#awsJson1_1' },
    protocolSettings: { version: '2017-10-17', serviceTarget: 'secretsmanager' },
  };
}

function structure(name: string, members: Readonly<Record<string, unknown>>, required?: number): unknown[] {
  const schema = [3, namespace, name, 0, Object.keys(members), Object.values(members)];
  return required === undefined ? schema : [...schema, required];
}

function list(name: string, member: unknown): unknown[] {
  return [1, namespace, name, 0, member];
}

function operation(name: string, input: unknown, output: unknown): unknown[] {
  return [9, namespace, name, 0, input, output];
}

function error(name: string): unknown[] {
  return [-3, namespace, name, { error: 'client' }, ['Message'], [text]];
}
