import type {
  GetBucketPolicyCommandInput,
  PutBucketPolicyCommandInput,
  PutBucketTaggingCommandInput,
  PutBucketVersioningCommandInput,
  PutBucketWebsiteCommandInput,
  PutPublicAccessBlockCommandInput,
} from '@aws-sdk/client-s3';
import { AwsError, type Handler } from '../../service.ts';
import { isPublic, parsePolicy } from './bucket-policy.ts';
import { findBucket, type S3State, type StoredBucket } from './state.ts';

type OfBucket = GetBucketPolicyCommandInput;

export function bucketSettingHandlers(state: S3State): Record<string, Handler> {
  return {
    ...policyHandlers(state),
    ...websiteHandlers(state),
    PutPublicAccessBlock: ({ Bucket, PublicAccessBlockConfiguration }: PutPublicAccessBlockCommandInput) => {
      findBucket(state, Bucket).publicAccessBlock = PublicAccessBlockConfiguration;
      return {};
    },
    GetPublicAccessBlock: ({ Bucket }: OfBucket) => ({
      PublicAccessBlockConfiguration: required(
        findBucket(state, Bucket).publicAccessBlock,
        'NoSuchPublicAccessBlockConfiguration',
        'The public access block configuration was not found',
        Bucket,
      ),
    }),
    DeletePublicAccessBlock: ({ Bucket }: OfBucket) => {
      findBucket(state, Bucket).publicAccessBlock = undefined;
      return {};
    },
    PutBucketTagging: ({ Bucket, Tagging }: PutBucketTaggingCommandInput) => {
      findBucket(state, Bucket).tags = Tagging?.TagSet ?? [];
      return {};
    },
    GetBucketTagging: ({ Bucket }: OfBucket) => {
      const { tags } = findBucket(state, Bucket);
      const found = tags.length > 0 ? tags : undefined;
      return { TagSet: required(found, 'NoSuchTagSet', 'The TagSet does not exist', Bucket) };
    },
    DeleteBucketTagging: ({ Bucket }: OfBucket) => {
      findBucket(state, Bucket).tags = [];
      return {};
    },
    PutBucketVersioning: ({ Bucket, VersioningConfiguration }: PutBucketVersioningCommandInput) => {
      findBucket(state, Bucket).versioning = VersioningConfiguration?.Status;
      return {};
    },
    GetBucketVersioning: ({ Bucket }: OfBucket) => ({ Status: findBucket(state, Bucket).versioning }),
  };
}

function policyHandlers(state: S3State): Record<string, Handler> {
  const policyOf = (Bucket: string | undefined): NonNullable<StoredBucket['policy']> =>
    required(
      findBucket(state, Bucket).policy,
      'NoSuchBucketPolicy',
      'The bucket policy does not exist',
      Bucket,
    );
  return {
    PutBucketPolicy: ({ Bucket, Policy = '' }: PutBucketPolicyCommandInput) => {
      const bucket = findBucket(state, Bucket);
      const parsed = parsePolicy(Policy, bucket.name);
      if (bucket.publicAccessBlock?.BlockPublicPolicy && isPublic(parsed)) {
        throw new AwsError(
          'AccessDenied',
          'Access Denied: public policies are blocked by the BlockPublicPolicy setting.',
        );
      }
      bucket.policy = { text: Policy, parsed };
      return {};
    },
    GetBucketPolicy: ({ Bucket }: OfBucket) => ({ Policy: policyOf(Bucket).text }),
    GetBucketPolicyStatus: ({ Bucket }: OfBucket) => ({
      PolicyStatus: { IsPublic: isPublic(policyOf(Bucket).parsed) },
    }),
    DeleteBucketPolicy: ({ Bucket }: OfBucket) => {
      findBucket(state, Bucket).policy = undefined;
      return {};
    },
  };
}

function websiteHandlers(state: S3State): Record<string, Handler> {
  return {
    PutBucketWebsite: ({ Bucket, WebsiteConfiguration = {} }: PutBucketWebsiteCommandInput) => {
      const bucket = findBucket(state, Bucket);
      const { RoutingRules, ...website } = WebsiteConfiguration;
      if (RoutingRules) throw new AwsError('NotImplemented', 'Routing rules are not implemented.');
      if (!website.IndexDocument?.Suffix && !website.RedirectAllRequestsTo) {
        throw new AwsError(
          'InvalidArgument',
          'A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty',
        );
      }
      bucket.website = website;
      return {};
    },
    GetBucketWebsite: ({ Bucket }: OfBucket) =>
      required(
        findBucket(state, Bucket).website,
        'NoSuchWebsiteConfiguration',
        'The specified bucket does not have a website configuration',
        Bucket,
      ),
    DeleteBucketWebsite: ({ Bucket }: OfBucket) => {
      findBucket(state, Bucket).website = undefined;
      return {};
    },
  };
}

function required<T>(value: T | undefined, code: string, message: string, BucketName: string | undefined): T {
  if (value !== undefined) return value;
  throw new AwsError(code, message, { BucketName });
}
