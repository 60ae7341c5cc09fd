import type {
  CreateBucketCommandInput,
  DeleteBucketCommandInput,
  GetBucketLocationCommandInput,
  HeadBucketCommandInput,
  ListBucketsCommandInput,
} from '@aws-sdk/client-s3';
import { AwsError, type Handler } from '../../service.ts';
import { pageOf } from '../page.ts';
import { findBucket, type S3State } from './state.ts';

export function bucketHandlers(state: S3State): Record<string, Handler> {
  const { buckets, context } = state;
  return {
    CreateBucket: ({ Bucket = '', CreateBucketConfiguration }: CreateBucketCommandInput) => {
      checkName(Bucket);
      checkLocation(context.region, CreateBucketConfiguration?.LocationConstraint);
      // In us-east-1 making one's own bucket again succeeds (Amazon S3 API Reference, CreateBucket).
      if (!buckets.has(Bucket)) addBucket(state, Bucket);
      return { Location: `/${Bucket}`, BucketArn: `arn:aws:s3:::${Bucket}` };
    },
    HeadBucket: ({ Bucket }: HeadBucketCommandInput) => {
      const { name } = findBucket(state, Bucket);
      return { BucketRegion: context.region, BucketArn: `arn:aws:s3:::${name}`, AccessPointAlias: false };
    },
    ListBuckets: ({ Prefix = '', MaxBuckets = 10_000, ContinuationToken }: ListBucketsCommandInput) => {
      const wanted = [...buckets.values()].filter(({ name }) => name.startsWith(Prefix));
      const page = pageOf(wanted, { from: ContinuationToken, limit: MaxBuckets, keyOf: ({ name }) => name });
      return {
        Buckets: page.items.map(({ name, createdAt }) => ({ Name: name, CreationDate: createdAt })),
        Owner: { ID: context.accountId },
        ContinuationToken: page.next,
      };
    },
    // us-east-1 has no location constraint.
    GetBucketLocation: ({ Bucket }: GetBucketLocationCommandInput) => {
      findBucket(state, Bucket);
      return {};
    },
    DeleteBucket: ({ Bucket }: DeleteBucketCommandInput) => {
      const { name, objects } = findBucket(state, Bucket);
      if (objects.size > 0) {
        throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
          BucketName: name,
        });
      }
      buckets.delete(name);
      return {};
    },
  };
}

/** Public access is blocked and ACLs are off from the start, as for every bucket made since April 2023. */
function addBucket({ buckets, context }: S3State, name: string): void {
  buckets.set(name, {
    name,
    createdAt: context.clock.now(),
    objects: new Map(),
    tags: [],
    policy: undefined,
    website: undefined,
    publicAccessBlock: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
    versioning: undefined,
  });
}

function checkName(name: string): void {
  const isValid = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..');
  if (isValid && !/^\d+\.\d+\.\d+\.\d+$/.test(name)) return;
  throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', { BucketName: name });
}

function checkLocation(region: string, location: string | undefined): void {
  if (location === undefined) return;
  const message =
    location === region
      ? 'The specified location-constraint is not valid'
      : `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`;
  throw new AwsError(
    location === region ? 'InvalidLocationConstraint' : 'IllegalLocationConstraintException',
    message,
  );
}
