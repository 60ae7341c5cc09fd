import {
  CreateCachePolicyCommand,
  DeleteCachePolicyCommand,
  GetCachePolicyCommand,
} from '@aws-sdk/client-cloudfront';
import { updateDistribution } from '../../fixtures/mutants/distribution.ts';
import type { Mutant } from '../../fixtures/mutants/mutant.ts';
import { must } from '../../fixtures/outcome.ts';
import type { HttpAnswer, HttpObservation } from '../../fixtures/probes/http.ts';
import { jsonOf, summary } from '../../fixtures/probes/http.ts';
import { requirement } from '../../fixtures/requirement.ts';

/** A minimum TTL above 0 makes CloudFront keep what `private` and `no-store` forbid (reference §2). */
const minimumTtlOverridesOrigin: Mutant = {
  name: 'minimum-ttl-overrides-origin',
  via: 'aws',
  reason: /another viewer|forbids/,
  apply: async (session) => {
    const { cloudfront } = session.stack.aws;
    const { CachePolicy } = await cloudfront.send(
      new CreateCachePolicyCommand({
        CachePolicyConfig: {
          Name: `stormproof-mutant-${crypto.randomUUID()}`,
          MinTTL: 600,
          DefaultTTL: 600,
          MaxTTL: 3600,
          ParametersInCacheKeyAndForwardedToOrigin: {
            EnableAcceptEncodingGzip: false,
            HeadersConfig: { HeaderBehavior: 'none' },
            CookiesConfig: { CookieBehavior: 'none' },
            QueryStringsConfig: { QueryStringBehavior: 'all' },
          },
        },
      }),
    );
    const Id = CachePolicy?.Id;
    const before = await updateDistribution(session, (config) => ({
      ...config,
      DefaultCacheBehavior: config.DefaultCacheBehavior && {
        ...config.DefaultCacheBehavior,
        CachePolicyId: Id,
      },
      CacheBehaviors: config.CacheBehaviors && {
        ...config.CacheBehaviors,
        Items: config.CacheBehaviors.Items?.map((behavior) => ({ ...behavior, CachePolicyId: Id })),
      },
    }));
    return async () => {
      await updateDistribution(session, () => before);
      const { ETag } = await cloudfront.send(new GetCachePolicyCommand({ Id }));
      await cloudfront.send(new DeleteCachePolicyCommand({ Id, IfMatch: ETag }));
    };
  },
};

export default requirement(
  {
    id: 'FLOW-4',
    title:
      "caches what the origin's headers allow, never what they forbid; no private answer reaches another viewer",
    level: 'core',
    layers: ['edge', 'kubernetes'],
    refs: ['CloudFront Developer Guide, Managing how long content stays in the cache'],
    mutants: [minimumTtlOverridesOrigin],
  },
  async ({ deployment, viewer, url, evidence, signal }) => {
    const { cachedPath, uncachedPath, privatePath } = deployment.edge;
    const first = viewer();
    const second = viewer();
    const fresh = crypto.randomUUID();

    const cachedUrl = url(`${cachedPath}?check=${fresh}`);
    const answers: string[] = [];
    // Early eviction is allowed: a miss after a miss is no failure, but one of a few must hit (reference §2).
    for (let request = 0; request < 5 && !answers.some((answer) => /^Hit/.test(answer)); request++)
      answers.push(cacheStatus(served(await first.get(cachedUrl, { signal }))));
    must(
      answers.some((answer) => /^Hit/.test(answer)),
      'A cacheable answer is never served from the cache',
      {
        expected: 'X-Cache: Hit from cloudfront within 5 requests',
        observed: answers,
      },
    );

    const uncachedUrl = url(`${uncachedPath}?check=${fresh}`);
    for (let request = 0; request < 3; request++) {
      const status = cacheStatus(served(await first.get(uncachedUrl, { signal })));
      must(!/^(Hit|RefreshHit)/.test(status), 'The cache keeps an answer that the origin forbids to cache', {
        expected: 'a miss each time',
        observed: status,
      });
    }

    const privateUrl = url(`${privatePath}?check=${fresh}`);
    await mustBeOwn(await first.get(privateUrl, { headers: { cookie: 'session=alice' }, signal }), 'alice');
    await mustBeOwn(await second.get(privateUrl, { headers: { cookie: 'session=bob' }, signal }), 'bob');
    evidence('cache', { cachedPath: answers, privatePath: 'each viewer got its own answer' });
  },
);

async function mustBeOwn(observation: HttpObservation, owner: string): Promise<void> {
  const { session } = (jsonOf(served(observation)) ?? {}) as { session?: string };
  must(session === owner, 'A private answer reached another viewer', {
    expected: owner,
    observed: session ?? 'nothing',
  });
}

function served(observation: HttpObservation): HttpAnswer {
  must(observation.answered && observation.status === 200, 'A path of the cache check is not served', {
    expected: 200,
    observed: summary(observation),
  });
  return observation;
}

function cacheStatus(answer: HttpAnswer): string {
  return answer.headers['x-cache'] ?? 'absent';
}
