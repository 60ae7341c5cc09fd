import type { OperationModel, ServiceModel, WireProtocol } from './model.ts';
import { parametersOf } from './read-request.ts';
import { isComplete, matchRoute } from './rest-route.ts';
import { s3Address, virtualHostBucket } from './s3-address.ts';
import type { WireRequest } from './wire.ts';

/** Where a request goes, or why it goes nowhere. */
export type Routing =
  | { readonly to: 'operation'; readonly model: ServiceModel; readonly route: OperationRoute }
  /** The service is known, the operation is not one of its own. */
  | { readonly to: 'error'; readonly model: ServiceModel; readonly code: string; readonly message: string }
  | {
      readonly to: 'nowhere';
      readonly protocol: WireProtocol;
      readonly error: { readonly code: string; readonly message: string; readonly status: number };
    };

export interface OperationRoute {
  readonly operation: OperationModel;
  readonly labels: ReadonlyMap<string, string>;
  readonly bucket?: string | undefined;
}

export function route(models: readonly ServiceModel[], request: WireRequest): Routing {
  const signingName = credentialScope(request)?.service ?? (isS3Host(request) ? 's3' : undefined);
  if (signingName === undefined) return nowhere(request, missingToken);
  const candidates = models.filter((model) => model.signingName === signingName);
  const model = candidates.find((candidate) => speaks(candidate, request)) ?? candidates[0];
  return model ? routeInService(model, request) : nowhere(request, unknownService(signingName));
}

/** Of the Authorization header or of a presigned URL. */
export function credentialScope({
  headers,
  query,
}: WireRequest): { region: string; service: string } | undefined {
  const header = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1];
  const [, , region, service] = (header ?? query.get('X-Amz-Credential') ?? '').split('/');
  return region && service ? { region, service } : undefined;
}

function isS3Host({ headers }: WireRequest): boolean {
  return virtualHostBucket(headers.host ?? '') !== undefined;
}

/** Two services may share a signing name; the form of the request tells them apart. */
function speaks(model: ServiceModel, request: WireRequest): boolean {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) return model.protocol === 'json' && target.startsWith(`${model.targetPrefix}.`);
  return model.protocol !== 'json';
}

function routeInService(model: ServiceModel, request: WireRequest): Routing {
  switch (model.protocol) {
    case 'query':
    case 'ec2':
      return routeAction(model, request);
    case 'json':
      return routeTarget(model, request);
    default:
      return routePath(model, request);
  }
}

function routeAction(model: ServiceModel, request: WireRequest): Routing {
  const parameters = new Map(parametersOf(request));
  const action = parameters.get('Action');
  const version = parameters.get('Version') ?? model.version;
  if (!action)
    return {
      to: 'error',
      model,
      code: 'MissingAction',
      message: 'The request must contain the parameter Action',
    };
  const operation = version === model.version ? model.operation(action) : undefined;
  if (operation) return { to: 'operation', model, route: { operation, labels: new Map() } };
  const message =
    model.protocol === 'ec2'
      ? `The action ${action} is not valid for this web service.`
      : `Could not find operation ${action} for version ${version}`;
  return { to: 'error', model, code: 'InvalidAction', message };
}

function routeTarget(model: ServiceModel, request: WireRequest): Routing {
  const target = request.headers['x-amz-target'] ?? '';
  const name = target.startsWith(`${model.targetPrefix}.`) ? target.slice(model.targetPrefix.length + 1) : '';
  const operation = model.operation(name);
  if (operation) return { to: 'operation', model, route: { operation, labels: new Map() } };
  return {
    to: 'error',
    model,
    code: 'UnknownOperationException',
    message: `The operation "${target}" is not known`,
  };
}

function routePath(model: ServiceModel, request: WireRequest): Routing {
  const { bucket, path } =
    model.serviceId === 'S3' ? s3Address(request) : { bucket: undefined, path: request.path };
  const matches = model.restOperations.flatMap((operation) => {
    if (model.serviceId === 'S3' && needsBucket(operation) !== (bucket !== undefined)) return [];
    const labels = matchRoute(operation.route, request, path);
    return labels ? [{ operation, labels, bucket }] : [];
  });
  const found = matches.find(({ operation }) => isComplete(operation.route, request)) ?? matches.at(-1);
  if (found) return { to: 'operation', model, route: found };
  if (model.serviceId === 'S3') {
    return {
      to: 'error',
      model,
      code: 'MethodNotAllowed',
      message: 'The specified method is not allowed against this resource.',
    };
  }
  const message = `No operation of ${model.serviceId} is ${request.method} ${request.path}`;
  return { to: 'error', model, code: 'UnknownOperationException', message };
}

function needsBucket({ input }: OperationModel): boolean {
  return input.isStructSchema() && input.getMemberSchemas().Bucket?.getMergedTraits().httpLabel === 1;
}

const missingToken = {
  code: 'MissingAuthenticationToken',
  message: 'Missing Authentication Token',
  status: 403,
};

function unknownService(name: string): { code: string; message: string; status: number } {
  return {
    code: 'UnknownOperationException',
    message: `The service "${name}" is not available here`,
    status: 404,
  };
}

function nowhere(request: WireRequest, error: { code: string; message: string; status: number }): Routing {
  return { to: 'nowhere', protocol: apparentProtocol(request), error };
}

function apparentProtocol(request: WireRequest): WireProtocol {
  if (request.headers['x-amz-target'] !== undefined) return 'json';
  return parametersOf(request).some(([name]) => name === 'Action') ? 'query' : 'restJson';
}
