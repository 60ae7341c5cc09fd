import type {
  CreateHealthCheckRequest,
  CreateHealthCheckResponse,
  DeleteHealthCheckRequest,
  GetHealthCheckCountResponse,
  GetHealthCheckRequest,
  GetHealthCheckResponse,
  GetHealthCheckStatusRequest,
  GetHealthCheckStatusResponse,
  HealthCheck,
  ListHealthChecksRequest,
  ListHealthChecksResponse,
  UpdateHealthCheckRequest,
  UpdateHealthCheckResponse,
} from '@aws-sdk/client-route-53';
import { AwsError } from '../../service.ts';
import { pageOf } from '../page.ts';
import { changedConfig, createdConfig } from './health-check-config.ts';
import type { Route53State } from './state.ts';

export function healthCheckHandlers(state: Route53State) {
  return {
    CreateHealthCheck: (input: CreateHealthCheckRequest) => create(state, input),
    GetHealthCheck: ({ HealthCheckId }: GetHealthCheckRequest): GetHealthCheckResponse => ({
      HealthCheck: findHealthCheck(state, HealthCheckId),
    }),
    UpdateHealthCheck: (input: UpdateHealthCheckRequest) => update(state, input),
    DeleteHealthCheck: ({ HealthCheckId }: DeleteHealthCheckRequest) => {
      state.healthChecks.delete(findHealthCheck(state, HealthCheckId).Id ?? '');
      state.context.changed();
      return {};
    },
    ListHealthChecks: (input: ListHealthChecksRequest) => list(state, input),
    GetHealthCheckCount: (): GetHealthCheckCountResponse => ({ HealthCheckCount: state.healthChecks.size }),
    GetHealthCheckStatus: (input: GetHealthCheckStatusRequest) => status(state, input),
  };
}

export function findHealthCheck({ healthChecks }: Route53State, id: string | undefined): HealthCheck {
  const found = healthChecks.get(id ?? '');
  if (found) return found;
  throw new AwsError('NoSuchHealthCheck', `No health check exists with the specified ID: ${id}`);
}

function create(state: Route53State, input: CreateHealthCheckRequest): CreateHealthCheckResponse {
  const { CallerReference, HealthCheckConfig: asked } = input;
  const config = createdConfig(asked);
  const known = state.callerReferences.get(CallerReference ?? '');
  const existing = known && state.healthChecks.get(known.id);
  // API reference, CreateHealthCheck: the same call again returns what it made, unless that was deleted.
  if (known && !(existing && known.asked === JSON.stringify(asked)))
    throw new AwsError(
      'HealthCheckAlreadyExists',
      `A health check has already been created with the specified caller reference: ${CallerReference}`,
    );
  const check = existing ?? {
    Id: state.context.random.uuid(),
    CallerReference,
    HealthCheckConfig: config,
    HealthCheckVersion: 1,
  };
  const { Id = '' } = check;
  state.healthChecks.set(Id, check);
  state.callerReferences.set(CallerReference ?? '', { id: Id, asked: JSON.stringify(asked) });
  state.context.changed();
  return { HealthCheck: check, Location: `https://route53.amazonaws.com/2013-04-01/healthcheck/${Id}` };
}

function update(state: Route53State, input: UpdateHealthCheckRequest): UpdateHealthCheckResponse {
  const { HealthCheckId, HealthCheckVersion: expected, ...change } = input;
  const check = findHealthCheck(state, HealthCheckId);
  const { HealthCheckVersion: version = 1 } = check;
  if (expected !== undefined && Number(expected) !== version)
    throw new AwsError(
      'HealthCheckVersionMismatch',
      `The value of HealthCheckVersion in the request doesn't match the value of HealthCheckVersion in the health check`,
    );
  const changed: HealthCheck = {
    ...check,
    HealthCheckConfig: changedConfig(check.HealthCheckConfig, change),
    HealthCheckVersion: version + 1,
  };
  state.healthChecks.set(check.Id ?? '', changed);
  state.context.changed();
  return { HealthCheck: changed };
}

function list(state: Route53State, input: ListHealthChecksRequest): ListHealthChecksResponse {
  const limit = Math.min(1000, Number(input.MaxItems ?? 100));
  const page = pageOf(state.healthChecks.values(), {
    from: input.Marker,
    limit,
    keyOf: ({ Id = '' }) => Id,
  });
  return {
    HealthChecks: page.items,
    Marker: input.Marker ?? '',
    IsTruncated: page.next !== undefined,
    NextMarker: page.next,
    MaxItems: limit,
  };
}

function status(
  state: Route53State,
  { HealthCheckId }: GetHealthCheckStatusRequest,
): GetHealthCheckStatusResponse {
  const { Id = '' } = findHealthCheck(state, HealthCheckId);
  return {
    HealthCheckObservations: state.observations(Id).map(({ region, address, status: said, at }) => ({
      Region: region,
      IPAddress: address,
      StatusReport: { Status: said, CheckedTime: at },
    })),
  };
}
