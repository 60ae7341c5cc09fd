import type {
  CreateDistributionRequest,
  CreateDistributionResult,
  CreateDistributionWithTagsRequest,
  DeleteDistributionRequest,
  DistributionConfig,
  GetDistributionConfigRequest,
  GetDistributionConfigResult,
  GetDistributionRequest,
  GetDistributionResult,
  ListDistributionsRequest,
  ListDistributionsResult,
  UpdateDistributionRequest,
  UpdateDistributionResult,
} from '@aws-sdk/client-cloudfront';
import { AwsError } from '../../service.ts';
import { pageOf } from '../page.ts';
import { checkConfig } from './check-config.ts';
import { withDefaults } from './config-defaults.ts';
import { deploy } from './deploy.ts';
import { describeDistribution, summarizeDistribution } from './describe-distribution.ts';
import { checkIfMatch, newETag, newId, truncated } from './identity.ts';
import type { CloudFrontState, StoredDistribution } from './state.ts';
import { findDistribution, statusOf } from './state.ts';

export function distributionHandlers(state: CloudFrontState) {
  return {
    CreateDistribution: ({ DistributionConfig: config }: CreateDistributionRequest) => create(state, config),
    CreateDistributionWithTags: ({
      DistributionConfigWithTags: given,
    }: CreateDistributionWithTagsRequest): CreateDistributionResult => {
      const result = create(state, given?.DistributionConfig);
      state.tags.add(result.Distribution?.ARN ?? '', given?.Tags?.Items ?? []);
      return result;
    },
    GetDistribution: ({ Id }: GetDistributionRequest): GetDistributionResult => {
      const distribution = findDistribution(state, Id);
      return { Distribution: describeDistribution(state, distribution), ETag: distribution.etag };
    },
    GetDistributionConfig: ({ Id }: GetDistributionConfigRequest): GetDistributionConfigResult => {
      const { config, etag } = findDistribution(state, Id);
      return { DistributionConfig: config, ETag: etag };
    },
    UpdateDistribution: (input: UpdateDistributionRequest) => update(state, input),
    DeleteDistribution: (input: DeleteDistributionRequest) => remove(state, input),
    ListDistributions: ({ Marker, MaxItems }: ListDistributionsRequest): ListDistributionsResult => {
      const limit = Number(MaxItems ?? 100);
      const all = state.distributions.values();
      const page = pageOf(all, { from: Marker || undefined, limit, keyOf: ({ id }) => id });
      return {
        DistributionList: { ...truncated(page, Marker, limit), Items: page.items.map(summarizeDistribution) },
      };
    },
  };
}

function create(state: CloudFrontState, given: DistributionConfig | undefined): CreateDistributionResult {
  const config = withDefaults(present(given));
  const repeated = [...state.distributions.values()].find(
    (other) => other.config.CallerReference === config.CallerReference,
  );
  if (repeated) return again(state, repeated, config);
  checkConfig(state, given ?? config, undefined);
  const { context } = state;
  const id = newId(context, 'E');
  const distribution: StoredDistribution = {
    id,
    arn: `arn:aws:cloudfront::${context.accountId}:distribution/${id}`,
    domainName: `d${context.random.text(13)}.cloudfront.net`,
    config,
    etag: newETag(context),
    modifiedAt: context.clock.now(),
    version: 0,
    deployed: undefined,
  };
  state.distributions.set(id, distribution);
  deploy(state, distribution, config);
  return created(state, distribution);
}

/** CloudFront API reference, CallerReference: the same one with the same configuration gives the same distribution. */
function again(
  state: CloudFrontState,
  existing: StoredDistribution,
  config: DistributionConfig,
): CreateDistributionResult {
  if (JSON.stringify(existing.config) === JSON.stringify(config)) return created(state, existing);
  throw new AwsError(
    'DistributionAlreadyExists',
    `The caller reference that you are using to create a distribution is associated with another distribution. Already exists: ${existing.id}`,
  );
}

function created(state: CloudFrontState, distribution: StoredDistribution): CreateDistributionResult {
  return {
    Distribution: describeDistribution(state, distribution),
    Location: `https://cloudfront.amazonaws.com/2020-05-31/distribution/${distribution.id}`,
    ETag: distribution.etag,
  };
}

function update(state: CloudFrontState, input: UpdateDistributionRequest): UpdateDistributionResult {
  const distribution = findDistribution(state, input.Id);
  checkIfMatch(input.IfMatch, distribution.etag);
  const given = present(input.DistributionConfig);
  if (given.CallerReference !== distribution.config.CallerReference)
    throw new AwsError('IllegalUpdate', 'The update contains modifications that are not allowed.');
  checkConfig(state, given, distribution.id);
  deploy(state, distribution, withDefaults(given));
  return { Distribution: describeDistribution(state, distribution), ETag: distribution.etag };
}

function remove(state: CloudFrontState, { Id, IfMatch }: DeleteDistributionRequest): undefined {
  const distribution = findDistribution(state, Id);
  checkIfMatch(IfMatch, distribution.etag);
  if (distribution.config.Enabled || statusOf(distribution) === 'InProgress')
    throw new AwsError(
      'DistributionNotDisabled',
      'The distribution you are trying to delete has not been disabled.',
    );
  state.distributions.delete(distribution.id);
  state.invalidations.delete(distribution.id);
  state.tags.drop(distribution.arn);
  state.context.changed();
}

function present(config: DistributionConfig | undefined): DistributionConfig {
  if (config) return config;
  throw new AwsError(
    'MissingBody',
    'This operation requires a body. Ensure that the body is present and the Content-Type header is set.',
  );
}
