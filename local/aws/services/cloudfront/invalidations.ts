import type {
  CreateInvalidationRequest,
  CreateInvalidationResult,
  GetInvalidationRequest,
  GetInvalidationResult,
  Invalidation,
  ListInvalidationsRequest,
  ListInvalidationsResult,
} from '@aws-sdk/client-cloudfront';
import { AwsError } from '../../service.ts';
import { pageOf } from '../page.ts';
import { invalidArgument, newId, truncated } from './identity.ts';
import { checkQuantities } from './quantities.ts';
import type { CloudFrontState, StoredDistribution } from './state.ts';
import { findDistribution } from './state.ts';

/** From the call until no location has the objects any more; CloudFront's own waiter asks once in 20 s. */
const invalidationMs = 20_000;

export function invalidationHandlers(state: CloudFrontState) {
  return {
    CreateInvalidation: (input: CreateInvalidationRequest) => create(state, input),
    GetInvalidation: ({ DistributionId, Id = '' }: GetInvalidationRequest): GetInvalidationResult => {
      const found = batches(state, findDistribution(state, DistributionId)).get(Id);
      if (!found) throw new AwsError('NoSuchInvalidation', 'The specified invalidation does not exist.');
      return { Invalidation: found };
    },
    ListInvalidations: (input: ListInvalidationsRequest): ListInvalidationsResult => {
      const all = batches(state, findDistribution(state, input.DistributionId)).values();
      const limit = Number(input.MaxItems ?? 100);
      const page = pageOf(all, { from: input.Marker || undefined, limit, keyOf: ({ Id = '' }) => Id });
      const Items = page.items.map(({ Id, CreateTime, Status }) => ({ Id, CreateTime, Status }));
      return { InvalidationList: { ...truncated(page, input.Marker, limit), Items } };
    },
  };
}

function create(state: CloudFrontState, input: CreateInvalidationRequest): CreateInvalidationResult {
  const distribution = findDistribution(state, input.DistributionId);
  checkQuantities(input.InvalidationBatch);
  const { CallerReference, Paths } = input.InvalidationBatch ?? {};
  const paths = Paths?.Items ?? [];
  if (paths.length === 0 || paths.some((path) => !/^\/[^*]*\*?$/.test(path)))
    throw invalidArgument('Your request contains one or more invalid invalidation paths.');
  const known = batches(state, distribution);
  const repeated = [...known.values()].find(
    ({ InvalidationBatch }) => InvalidationBatch?.CallerReference === CallerReference,
  );
  if (repeated) return again(distribution, repeated, paths);
  const invalidation: Invalidation = {
    Id: newId(state.context, 'I'),
    Status: 'InProgress',
    CreateTime: state.context.clock.now(),
    InvalidationBatch: input.InvalidationBatch,
  };
  known.set(invalidation.Id ?? '', invalidation);
  completeLater(state, distribution, invalidation, paths);
  return answer(distribution, invalidation);
}

function again(
  distribution: StoredDistribution,
  existing: Invalidation,
  paths: readonly string[],
): CreateInvalidationResult {
  if (existing.InvalidationBatch?.Paths?.Items?.join() === paths.join())
    return answer(distribution, existing);
  throw invalidArgument(
    'The caller reference is already in use by another invalidation of the distribution.',
  );
}

function answer({ id }: StoredDistribution, invalidation: Invalidation): CreateInvalidationResult {
  const location = `https://cloudfront.amazonaws.com/2020-05-31/distribution/${id}/invalidation/${invalidation.Id}`;
  return { Location: location, Invalidation: { ...invalidation } };
}

function completeLater(
  { context, ports }: CloudFrontState,
  { id }: StoredDistribution,
  invalidation: Invalidation,
  paths: readonly string[],
): void {
  const complete = async (): Promise<void> => {
    await ports.invalidate(id, paths);
    invalidation.Status = 'Completed';
  };
  context.clock.after(invalidationMs, complete, context.signal);
}

function batches({ invalidations }: CloudFrontState, { id }: StoredDistribution): Map<string, Invalidation> {
  const known = invalidations.get(id) ?? new Map<string, Invalidation>();
  invalidations.set(id, known);
  return known;
}
