import type { CacheBehavior, DefaultCacheBehavior, DistributionConfig } from '@aws-sdk/client-cloudfront';
import { AwsError } from '../../service.ts';
import { behaviorsOf } from './behaviors.ts';
import { invalidArgument } from './identity.ts';
import type { CloudFrontState } from './state.ts';

type Behavior = CacheBehavior | DefaultCacheBehavior;

export function checkBehaviors(state: CloudFrontState, config: DistributionConfig): void {
  const patterns = (config.CacheBehaviors?.Items ?? []).map(({ PathPattern = '' }) => PathPattern);
  if (patterns.length > 75)
    throw new AwsError(
      'TooManyCacheBehaviors',
      'You cannot create more cache behaviors for the distribution.',
    );
  for (const pattern of patterns)
    if (!/^[A-Za-z0-9_\-.*$/~"'@:+&?]{1,255}$/.test(pattern))
      throw invalidArgument(
        'The parameter PathPattern contains a character that is not valid, or is too long.',
      );
  if (new Set(patterns).size < patterns.length)
    throw invalidArgument('The parameter PathPattern has a duplicate.');
  for (const behavior of behaviorsOf(config)) {
    checkTarget(config, behavior);
    checkMethods(behavior);
    checkCaching(state, behavior);
    checkAbsent(behavior);
  }
}

function checkTarget({ Origins, OriginGroups }: DistributionConfig, behavior: Behavior): void {
  const { TargetOriginId: target } = behavior;
  const isGroup = OriginGroups?.Items?.some(({ Id }) => Id === target);
  if (!isGroup && !Origins?.Items?.some(({ Id }) => Id === target))
    throw new AwsError('NoSuchOrigin', 'One or more of your origins or origin groups do not exist.');
  if (isGroup && behavior.AllowedMethods?.Items?.includes('POST'))
    throw invalidArgument(
      'The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached behavior associated with an origin group.',
    );
}

const methodSets: readonly string[] = [
  'GET,HEAD',
  'GET,HEAD,OPTIONS',
  'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT',
];

function checkMethods({ AllowedMethods }: Behavior): void {
  if (!AllowedMethods) return;
  const key = (items: readonly string[] | undefined) => [...(items ?? [])].sort().join();
  if (!methodSets.includes(key(AllowedMethods.Items)))
    throw invalidArgument(
      'The parameter AllowedMethods contains a combination of methods that is not supported.',
    );
  const cached = AllowedMethods.CachedMethods;
  if (cached && !methodSets.slice(0, 2).includes(key(cached.Items)))
    throw invalidArgument(
      'The parameter CachedMethods contains a combination of methods that is not supported.',
    );
  if (cached?.Items?.some((method) => !AllowedMethods.Items?.includes(method)))
    throw invalidArgument('The parameter CachedMethods must be a subset of AllowedMethods.');
}

function checkCaching({ policies }: CloudFrontState, behavior: Behavior): void {
  const { CachePolicyId, OriginRequestPolicyId, ResponseHeadersPolicyId, ForwardedValues } = behavior;
  if (!CachePolicyId && !ForwardedValues) throw invalidArgument('The parameter ForwardedValues is required.');
  const legacy = [ForwardedValues, behavior.MinTTL, behavior.DefaultTTL, behavior.MaxTTL];
  if (CachePolicyId && legacy.some((member) => member !== undefined))
    throw invalidArgument(
      'The parameter ForwardedValues, MinTTL, DefaultTTL or MaxTTL cannot be used when a cache policy is associated to the cache behavior.',
    );
  if (CachePolicyId && !policies.cache.has(CachePolicyId))
    throw new AwsError('NoSuchCachePolicy', 'The cache policy does not exist.');
  if (OriginRequestPolicyId && !CachePolicyId)
    throw invalidArgument('The parameter OriginRequestPolicyId cannot be used without a cache policy.');
  if (OriginRequestPolicyId && !policies.originRequest.has(OriginRequestPolicyId))
    throw new AwsError('NoSuchOriginRequestPolicy', 'The origin request policy does not exist.');
  if (ResponseHeadersPolicyId && !policies.responseHeaders.has(ResponseHeadersPolicyId))
    throw new AwsError('NoSuchResponseHeadersPolicy', 'The response headers policy does not exist.');
  const { MinTTL = 0, DefaultTTL = 86_400, MaxTTL = 31_536_000 } = behavior;
  if (ForwardedValues && (MinTTL > DefaultTTL || DefaultTTL > MaxTTL))
    throw new AwsError('InvalidTTLOrder', 'The TTL order specified is not valid.');
}

/** What a behaviour may name and no stack here has. */
function checkAbsent(behavior: Behavior): void {
  if (behavior.LambdaFunctionAssociations?.Quantity)
    throw new AwsError(
      'InvalidLambdaFunctionAssociation',
      'The specified Lambda@Edge function association is not valid.',
    );
  if (behavior.FunctionAssociations?.Quantity)
    throw new AwsError('InvalidFunctionAssociation', 'A CloudFront function association is not valid.');
  if (behavior.TrustedKeyGroups?.Enabled)
    throw new AwsError('TrustedKeyGroupDoesNotExist', 'The specified key group does not exist.');
  if (behavior.TrustedSigners?.Enabled)
    throw new AwsError('TrustedSignerDoesNotExist', 'One or more of your trusted signers do not exist.');
  if (behavior.FieldLevelEncryptionId)
    throw new AwsError(
      'NoSuchFieldLevelEncryptionConfig',
      'The specified configuration for field-level encryption does not exist.',
    );
  if (behavior.RealtimeLogConfigArn)
    throw new AwsError('NoSuchRealtimeLogConfig', 'The real-time log configuration does not exist.');
  if (behavior.GrpcConfig?.Enabled) throw invalidArgument('The parameter GrpcConfig is not supported.');
  if (behavior.SmoothStreaming) throw invalidArgument('The parameter SmoothStreaming is not supported.');
}
