import { debuglog } from 'node:util';
import type { ServiceContext } from '../../service.ts';
import { AwsError } from '../../service.ts';
import type { Tag } from '../tag-store.ts';

/** A secret that another service owns: it says what the next value is, and makes it true. */
export interface NewManagedSecret {
  readonly name: string;
  readonly description: string;
  readonly owningService: string;
  readonly tags: readonly Tag[];
  readonly kmsKeyId: string | undefined;
  readonly value: string;
  nextValue(): string;
  /** Resolves when the value is what opens the thing that it is the secret of. */
  apply(value: string): Promise<void>;
}

export interface StoredSecret {
  readonly arn: string;
  readonly managed: NewManagedSecret;
  readonly kmsKeyId: string;
  readonly createdAt: Date;
  /** Oldest first. */
  readonly versions: SecretVersion[];
  rotating: boolean;
  rotateAfterMs: number;
  /** In the stack's elapsed time. */
  rotateAtMs: number;
  lastRotatedAt: Date | undefined;
  lastAccessedAt: Date | undefined;
}

export interface SecretVersion {
  readonly id: string;
  readonly value: string;
  readonly createdAt: Date;
  readonly stages: Set<string>;
}

export interface SecretStore {
  readonly context: ServiceContext;
  /** By ARN. */
  readonly secrets: Map<string, StoredSecret>;
}

export const dayMs = 24 * 3_600_000;

export function addSecret({ context, secrets }: SecretStore, managed: NewManagedSecret): StoredSecret {
  const { clock, random, region, accountId } = context;
  const now = clock.now();
  const arn = `arn:aws:secretsmanager:${region}:${accountId}:secret:${managed.name}-${random.text(6)}`;
  const secret: StoredSecret = {
    arn,
    managed,
    kmsKeyId: managed.kmsKeyId ?? `arn:aws:kms:${region}:${accountId}:key/${random.uuid()}`,
    createdAt: now,
    versions: [{ id: random.uuid(), value: managed.value, createdAt: now, stages: new Set(['AWSCURRENT']) }],
    rotating: false,
    // RDS User Guide, "Password management with Secrets Manager": every seven days by default.
    rotateAfterMs: 7 * dayMs,
    rotateAtMs: clock.elapsedMs() + 7 * dayMs,
    lastRotatedAt: undefined,
    lastAccessedAt: undefined,
  };
  secrets.set(arn, secret);
  return secret;
}

/** By name, by ARN, or by the ARN without what Secrets Manager added. */
export function findSecret({ secrets }: SecretStore, id: string): StoredSecret {
  for (const secret of secrets.values())
    if ([secret.arn, secret.managed.name, secret.arn.slice(0, -7)].includes(id)) return secret;
  throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

/** Answers with the version to be, which is AWSPENDING until its owner made it true. */
export function startRotation(store: SecretStore, secret: StoredSecret, id: string): SecretVersion {
  if (secret.rotating)
    throw new AwsError(
      'InvalidRequestException',
      "A previous rotation isn't complete. That rotation will be reattempted.",
    );
  const createdAt = store.context.clock.now();
  const version = { id, value: secret.managed.nextValue(), createdAt, stages: new Set(['AWSPENDING']) };
  moveStage(secret, 'AWSPENDING', version);
  secret.versions.push(version);
  secret.rotating = true;
  void finishRotation(store, secret, version);
  return version;
}

/** A value that could not be made true stays pending: the next rotation replaces it. */
async function finishRotation(
  { context }: SecretStore,
  secret: StoredSecret,
  version: SecretVersion,
): Promise<void> {
  try {
    await secret.managed.apply(version.value);
    const before = secret.versions.find(({ stages }) => stages.has('AWSCURRENT'));
    if (before) moveStage(secret, 'AWSPREVIOUS', before);
    moveStage(secret, 'AWSCURRENT', version);
    version.stages.delete('AWSPENDING');
    secret.lastRotatedAt = context.clock.now();
  } catch (error) {
    log('%s is not rotated: %s', secret.managed.name, error);
  }
  secret.rotating = false;
  secret.rotateAtMs = context.clock.elapsedMs() + secret.rotateAfterMs;
  context.changed();
}

function moveStage({ versions }: StoredSecret, stage: string, to: SecretVersion): void {
  for (const { stages } of versions) stages.delete(stage);
  to.stages.add(stage);
}

const log = debuglog('stormproof:secrets-api');
