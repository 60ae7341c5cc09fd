import * as s3 from '@aws-sdk/client-s3';
import type { AwsService, ServiceContext } from '../../service.ts';
import { announcing } from '../announcing.ts';
import { type AccessRequest, isAllowed, isPublic } from './bucket-policy.ts';
import { bucketSettingHandlers } from './bucket-settings.ts';
import { bucketHandlers } from './buckets.ts';
import { listObjectHandlers } from './list-objects.ts';
import { objectHandlers } from './objects.ts';
import { currentObject, type S3State, type StoredObject, type Website } from './state.ts';

export interface BucketSnapshot {
  readonly name: string;
  readonly policy: string | undefined;
  readonly website: Website | undefined;
  readonly keys: readonly string[];
}

export interface S3Service extends AwsService {
  snapshot(): { readonly buckets: readonly BucketSnapshot[] };
  hasBucket(bucket: string): boolean;
  /** The current version of an object, if there is one. */
  readObject(bucket: string, key: string): StoredObject | undefined;
  websiteOf(bucket: string): Website | undefined;
  /** Whether the bucket's policy lets somebody in who does not belong to the account. */
  allows(bucket: string, request: AccessRequest): boolean;
}

export type { AccessRequest, StoredObject, Website };

export function createS3Service(context: ServiceContext): S3Service {
  const state: S3State = { context, buckets: new Map() };
  const handlers = {
    ...bucketHandlers(state),
    ...bucketSettingHandlers(state),
    ...objectHandlers(state),
    ...listObjectHandlers(state),
  };
  return {
    sdk: s3,
    client: s3.S3Client,
    handlers: announcing(handlers, context),
    errorStatus,
    invalidInputCodes: {
      malformed: 'MalformedXML',
      type: 'InvalidArgument',
      missing: 'InvalidRequest',
      constraint: 'MalformedXML',
    },
    snapshot: () => ({ buckets: [...state.buckets.keys()].flatMap((name) => snapshotOf(state, name)) }),
    hasBucket: (bucket) => state.buckets.has(bucket),
    readObject: (bucket, key) => {
      const found = state.buckets.get(bucket);
      return found && currentObject(found, key);
    },
    websiteOf: (bucket) => state.buckets.get(bucket)?.website,
    allows: (bucket, request) => allows(state, bucket, request),
  };
}

/** RestrictPublicBuckets takes a public policy's force away from everybody but AWS's own services. */
function allows({ buckets }: S3State, bucket: string, request: AccessRequest): boolean {
  const { policy, publicAccessBlock } = buckets.get(bucket) ?? {};
  if (!policy) return false;
  const restricted = publicAccessBlock?.RestrictPublicBuckets && isPublic(policy.parsed);
  if (restricted && request.service === undefined) return false;
  return isAllowed(policy.parsed, request);
}

function snapshotOf({ buckets }: S3State, name: string): BucketSnapshot[] {
  const bucket = buckets.get(name);
  if (!bucket) return [];
  const keys = [...bucket.objects.keys()].filter((key) => currentObject(bucket, key));
  return [{ name, policy: bucket.policy?.text, website: bucket.website, keys }];
}

/** Amazon S3 API Reference, "Error responses". */
const errorStatus: Readonly<Record<string, number>> = {
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  MethodNotAllowed: 405,
  NoSuchBucketPolicy: 404,
  NoSuchPublicAccessBlockConfiguration: 404,
  NoSuchTagSet: 404,
  NoSuchVersion: 404,
  NoSuchWebsiteConfiguration: 404,
  PreconditionFailed: 412,
};
