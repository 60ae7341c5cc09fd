import type {
  CacheBehavior,
  DefaultCacheBehavior,
  DistributionConfig,
  OriginGroup,
  ResponseHeadersPolicyConfig,
} from '@aws-sdk/client-cloudfront';
import type { EdgeConfig, EdgeDistribution } from './config.ts';
import { compileErrorPages, type ErrorPages } from './error-page.ts';
import { compileOrigin, type Origin } from './origin.ts';
import { compilePathPattern } from './path-pattern.ts';
import { compilePolicies, type Policies } from './policies.ts';

/** A distribution, ready to serve. */
export interface Distribution {
  readonly id: string;
  readonly arn: string;
  /** The aliases and the own domain name, in lower case; `*.` at the front stands for one label. */
  readonly hosts: readonly string[];
  readonly enabled: boolean;
  readonly webAclArn: string | undefined;
  readonly defaultRootObject: string;
  /** In the order of matching; the default one matches all. */
  readonly behaviours: readonly Behaviour[];
  readonly errorPages: ErrorPages;
}

export interface Behaviour {
  matches(path: string): boolean;
  readonly viewerProtocol: 'allow-all' | 'https-only' | 'redirect-to-https';
  readonly allowedMethods: ReadonlySet<string>;
  readonly compress: boolean;
  readonly policies: Policies;
  readonly responseHeaders: ResponseHeadersPolicyConfig | undefined;
  /** The origin, or the group's members in order. */
  readonly origins: readonly [Origin, ...Origin[]];
  /** Statuses of the first member that lead to the second. */
  readonly failoverStatuses: ReadonlySet<number>;
}

export function compileDistribution(
  { id, arn, domainName, config }: EdgeDistribution,
  all: EdgeConfig,
): Distribution {
  const { CacheBehaviors, DefaultCacheBehavior: last } = config;
  if (!last) throw new RangeError(`Cannot apply distribution "${id}": it has no DefaultCacheBehavior`);
  const origins = (config.Origins?.Items ?? []).map(compileOrigin);
  const compile = (behavior: CacheBehavior | DefaultCacheBehavior): Behaviour =>
    compileBehaviour({ behavior, config, origins, all });
  return {
    id,
    arn,
    hosts: [domainName, ...(config.Aliases?.Items ?? [])].map((host) => host.toLowerCase()),
    enabled: config.Enabled ?? false,
    webAclArn: config.WebACLId || undefined,
    defaultRootObject: config.DefaultRootObject ?? '',
    behaviours: [...(CacheBehaviors?.Items ?? []), last].map(compile),
    errorPages: compileErrorPages(config.CustomErrorResponses?.Items ?? []),
  };
}

/** The first behaviour in the list whose pattern the path matches. */
export function behaviourFor({ behaviours }: Distribution, path: string): Behaviour {
  const found = behaviours.find((behaviour) => behaviour.matches(path));
  if (!found) throw new Error('Cannot choose a behaviour: the default one matches every path');
  return found;
}

interface BehaviourSource {
  readonly behavior: CacheBehavior | DefaultCacheBehavior;
  readonly config: DistributionConfig;
  readonly origins: readonly Origin[];
  readonly all: EdgeConfig;
}

function compileBehaviour({ behavior, config, origins, all }: BehaviourSource): Behaviour {
  const pattern = 'PathPattern' in behavior ? behavior.PathPattern : undefined;
  const group = config.OriginGroups?.Items?.find(({ Id }) => Id === behavior.TargetOriginId);
  return {
    matches: pattern === undefined ? () => true : compilePathPattern(pattern),
    viewerProtocol: behavior.ViewerProtocolPolicy ?? 'allow-all',
    allowedMethods: new Set(behavior.AllowedMethods?.Items ?? ['GET', 'HEAD']),
    compress: behavior.Compress ?? false,
    policies: compilePolicies(behavior, all),
    responseHeaders: responseHeadersPolicy(behavior.ResponseHeadersPolicyId, all),
    origins: targetOrigins(behavior.TargetOriginId, group, origins),
    failoverStatuses: new Set(group?.FailoverCriteria?.StatusCodes?.Items ?? []),
  };
}

function responseHeadersPolicy(
  id: string | undefined,
  all: EdgeConfig,
): ResponseHeadersPolicyConfig | undefined {
  if (!id) return undefined;
  const policy = all.responseHeadersPolicies[id];
  if (!policy) throw new RangeError(`Cannot apply a behavior: no response headers policy "${id}" was given`);
  return policy;
}

function targetOrigins(
  targetId: string | undefined,
  group: OriginGroup | undefined,
  origins: readonly Origin[],
): readonly [Origin, ...Origin[]] {
  const ids = group ? (group.Members?.Items ?? []).map(({ OriginId }) => OriginId) : [targetId];
  const [first, ...rest] = ids.map((id) => {
    const origin = origins.find((each) => each.id === id);
    if (!origin)
      throw new RangeError(`Cannot apply a behavior: it targets origin "${id}", which is not there`);
    return origin;
  });
  if (!first) throw new RangeError(`Cannot apply a behavior: origin group "${targetId}" has no members`);
  return [first, ...rest];
}
