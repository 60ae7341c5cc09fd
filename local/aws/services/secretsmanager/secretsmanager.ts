import type { AwsService, Handler, ServiceContext } from '../../service.ts';
import { AwsError } from '../../service.ts';
import { announcing } from '../announcing.ts';
import { pageOf } from '../page.ts';
import * as schemas from './schemas.ts';
import type { NewManagedSecret, SecretStore, SecretVersion, StoredSecret } from './secret-store.ts';
import { addSecret, dayMs, findSecret, startRotation } from './secret-store.ts';
import { shownSecret } from './show-secret.ts';

export interface SecretsManagerService extends AwsService {
  readonly managed: ManagedSecrets;
}

/** What services that own secrets are given. */
export interface ManagedSecrets {
  create(secret: NewManagedSecret): { readonly arn: string; readonly kmsKeyId: string };
  /** Returns when the rotation is under way. */
  rotate(arn: string): void;
  isRotating(arn: string): boolean;
  delete(arn: string): void;
}

/** Secrets that services own. Nobody here makes one of his own, and so nobody changes or deletes one either. */
export function createSecretsManagerService(context: ServiceContext): SecretsManagerService {
  const store: SecretStore = { context, secrets: new Map() };
  const { clock, random, signal } = context;
  clock.every(lookEveryMs, () => rotateDue(store), signal);
  return {
    sdk: schemas,
    client: schemas.SecretsManagerClient,
    handlers: announcing(secretHandlers(store), context),
    invalidInputCodes: { missing: 'ValidationException', constraint: 'ValidationException' },
    managed: {
      create: (secret) => addSecret(store, secret),
      rotate: (arn) => void startRotation(store, findSecret(store, arn), random.uuid()),
      isRotating: (arn) => store.secrets.get(arn)?.rotating ?? false,
      delete: (arn) => void store.secrets.delete(arn),
    },
  };
}

/** The finest schedule that Secrets Manager takes is four hours. */
const lookEveryMs = 3_600_000;

function rotateDue(store: SecretStore): void {
  const now = store.context.clock.elapsedMs();
  for (const secret of store.secrets.values())
    if (!secret.rotating && secret.rotateAtMs <= now)
      startRotation(store, secret, store.context.random.uuid());
}

interface SecretRequest {
  readonly SecretId: string;
}

function secretHandlers(store: SecretStore): Record<string, Handler> {
  return {
    GetSecretValue: (input: SecretRequest & VersionRequest) => getValue(store, input),
    DescribeSecret: ({ SecretId }: SecretRequest) => {
      const { stages, ...shown } = shownSecret(store, findSecret(store, SecretId));
      return { ...shown, VersionIdsToStages: stages };
    },
    ListSecrets: (input: ListRequest) => list(store, input),
    RotateSecret: (input: SecretRequest & RotateRequest) => rotate(store, input),
  };
}

interface VersionRequest {
  readonly VersionId?: string;
  readonly VersionStage?: string;
}

function getValue(store: SecretStore, { SecretId, ...asked }: SecretRequest & VersionRequest) {
  const secret = findSecret(store, SecretId);
  const { id, value, stages, createdAt } = findVersion(secret, asked);
  secret.lastAccessedAt = store.context.clock.now();
  return {
    ARN: secret.arn,
    Name: secret.managed.name,
    VersionId: id,
    SecretString: value,
    VersionStages: [...stages],
    CreatedDate: createdAt,
  };
}

function findVersion({ versions }: StoredSecret, { VersionId, VersionStage }: VersionRequest): SecretVersion {
  const stage = VersionStage ?? (VersionId === undefined ? 'AWSCURRENT' : undefined);
  const found = versions.find(
    ({ id, stages }) =>
      (VersionId === undefined || id === VersionId) && (stage === undefined || stages.has(stage)),
  );
  if (found) return found;
  const asked = VersionId === undefined ? `staging label: ${stage}` : `VersionId: ${VersionId}`;
  throw new AwsError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for ${asked}`,
  );
}

interface ListRequest {
  readonly MaxResults?: number;
  readonly NextToken?: string;
  readonly Filters?: readonly { readonly Key?: string; readonly Values?: readonly string[] }[];
}

function list(store: SecretStore, { MaxResults = 100, NextToken, Filters = [] }: ListRequest) {
  const matching = [...store.secrets.values()].filter((secret) =>
    Filters.every(({ Key = '', Values = [] }) => Values.some((value) => matches(secret, Key, value))),
  );
  const from = NextToken && Buffer.from(NextToken, 'base64url').toString();
  const { items, next } = pageOf(matching, { from, limit: MaxResults, keyOf: ({ arn }) => arn });
  return {
    SecretList: items.map((secret) => {
      const { stages, ...shown } = shownSecret(store, secret);
      return { ...shown, SecretVersionsToStages: stages };
    }),
    NextToken: next && Buffer.from(next).toString('base64url'),
  };
}

/** API reference, ListSecrets: filters match beginnings; `all` looks everywhere. */
function matches({ managed }: StoredSecret, key: string, value: string): boolean {
  const texts: Readonly<Record<string, readonly string[]>> = {
    name: [managed.name],
    description: [managed.description],
    'owning-service': [managed.owningService],
    'tag-key': managed.tags.map(({ Key = '' }) => Key),
    'tag-value': managed.tags.map(({ Value = '' }) => Value),
    'primary-region': [],
  };
  const looked = key === 'all' ? Object.values(texts).flat() : texts[key];
  if (!looked) throw new AwsError('InvalidParameterException', `Invalid filter key: ${key}`);
  return looked.some((found) => found.toLowerCase().startsWith(value.toLowerCase()));
}

interface RotateRequest {
  readonly ClientRequestToken?: string;
  readonly RotationLambdaARN?: string;
  readonly RotationRules?: { readonly AutomaticallyAfterDays?: number; readonly ScheduleExpression?: string };
  readonly RotateImmediately?: boolean;
}

/** Its owner rotates it, with no function of the caller's (Secrets Manager User Guide, "Managed rotation"). */
function rotate(store: SecretStore, input: SecretRequest & RotateRequest) {
  const { clock, random } = store.context;
  const secret = findSecret(store, input.SecretId);
  if (input.RotationLambdaARN)
    throw new AwsError(
      'InvalidRequestException',
      "You can't specify a rotation function for a secret that uses managed rotation.",
    );
  const everyMs = input.RotationRules && rotationMs(input.RotationRules);
  if (everyMs !== undefined) {
    secret.rotateAfterMs = everyMs;
    secret.rotateAtMs = clock.elapsedMs() + everyMs;
  }
  const id = input.ClientRequestToken ?? random.uuid();
  const version = input.RotateImmediately === false ? undefined : startRotation(store, secret, id);
  return { ARN: secret.arn, Name: secret.managed.name, VersionId: version?.id };
}

/** A schedule by `cron` is refused: nothing here could keep it on a clock that runs fast. */
function rotationMs({
  AutomaticallyAfterDays: days,
  ScheduleExpression,
}: {
  readonly AutomaticallyAfterDays?: number;
  readonly ScheduleExpression?: string;
}): number | undefined {
  if (days !== undefined && days >= 1 && days <= 1000) return days * dayMs;
  if (days === undefined && ScheduleExpression === undefined) return undefined;
  const [, count, unit] = /^rate\((\d+) (hours?|days?)\)$/.exec(ScheduleExpression ?? '') ?? [];
  const everyMs = Number(count) * (unit?.startsWith('hour') ? 3_600_000 : dayMs);
  if (everyMs >= 4 * 3_600_000) return everyMs;
  throw new AwsError('InvalidParameterException', 'The rotation schedule is not valid.');
}
