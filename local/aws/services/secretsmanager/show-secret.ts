import type { SecretStore, SecretVersion, StoredSecret } from './secret-store.ts';
import { dayMs } from './secret-store.ts';

/** What DescribeSecret and ListSecrets have in common: everything but the value. */
export function shownSecret({ context }: SecretStore, secret: StoredSecret) {
  const { managed, versions } = secret;
  const { clock } = context;
  const untilRotation = clock.toWallMs(Math.max(0, secret.rotateAtMs - clock.elapsedMs()));
  return {
    ARN: secret.arn,
    Name: managed.name,
    Description: managed.description,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: true,
    RotationRules: { AutomaticallyAfterDays: Math.round(secret.rotateAfterMs / dayMs) },
    LastRotatedDate: secret.lastRotatedAt,
    LastChangedDate: secret.lastRotatedAt ?? secret.createdAt,
    LastAccessedDate: secret.lastAccessedAt && dayOf(secret.lastAccessedAt),
    NextRotationDate: new Date(clock.now().getTime() + untilRotation),
    Tags: managed.tags.map(({ Key, Value }) => ({ Key, Value })),
    OwningService: managed.owningService,
    CreatedDate: secret.createdAt,
    stages: Object.fromEntries(versions.filter(isStaged).map(({ id, stages }) => [id, [...stages]])),
  };
}

/** A version without a label is deprecated, and is not shown. */
function isStaged({ stages }: SecretVersion): boolean {
  return stages.size > 0;
}

function dayOf(date: Date): Date {
  return new Date(Math.floor(date.getTime() / dayMs) * dayMs);
}
