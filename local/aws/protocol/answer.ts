import { debuglog } from 'node:util';
import type { ApiFaults } from '../api-faults.ts';
import { AwsError } from '../service.ts';
import { checkBody, decodeAwsChunked } from './aws-chunked.ts';
import { brokenCall } from './broken-call.ts';
import { checkTypes } from './check-types.ts';
import { InvalidInput } from './invalid-input.ts';
import { invalidInputError } from './invalid-input-codes.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import { readInput } from './read-request.ts';
import { type OperationRoute, route } from './route.ts';
import { withBucket } from './s3-address.ts';
import { validateInput } from './validate.ts';
import type { WireRequest, WireResponse } from './wire.ts';
import { writeError, writeUnroutedError } from './write-error.ts';
import { writeOutput } from './write-response.ts';

/** One request in, one response out; never rejects for what the caller sent. */
export async function answer(
  { models, faults }: { models: readonly ServiceModel[]; faults: Pick<ApiFaults, 'meet'> },
  request: WireRequest,
  requestId: string,
): Promise<WireResponse> {
  const routing = route(models, request);
  if (routing.to === 'nowhere') return writeUnroutedError(routing.protocol, routing.error, requestId);
  const { model } = routing;
  const failure = await faults.meet(model.signingName);
  if (failure) return writeError(model, brokenCall(model, failure), requestId);
  try {
    if (routing.to === 'error') throw new AwsError(routing.code, routing.message);
    const { operation } = routing.route;
    const output = await handle(model, operation, readRequestInput(model, routing.route, request), requestId);
    return writeOutput(model, operation, output, requestId);
  } catch (error) {
    return writeError(model, asAwsError(model, error), requestId);
  }
}

/** The same for an input that never was on a wire, and so meets no fault. Rejects with AwsError alone. */
export async function invoke(
  model: ServiceModel,
  name: string,
  input: object,
  requestId: string,
): Promise<object> {
  try {
    const operation = model.operation(name);
    if (!operation) throw unknownOperation(model, name);
    checkTypes(operation.input, input);
    return structuredClone(await handle(model, operation, input, requestId));
  } catch (error) {
    throw asAwsError(model, error);
  }
}

const log = debuglog('stormproof:aws');

function readRequestInput(
  model: ServiceModel,
  { operation, labels, bucket }: OperationRoute,
  request: WireRequest,
): object {
  const plain = model.serviceId === 'S3' ? decodeAwsChunked(request) : request;
  if (model.serviceId === 'S3') checkBody(plain);
  return withBucket(readInput(model, operation, plain, labels), bucket);
}

async function handle(
  model: ServiceModel,
  operation: OperationModel,
  input: object,
  requestId: string,
): Promise<Record<string, unknown>> {
  const handler = Object.hasOwn(model.service.handlers, operation.name)
    ? model.service.handlers[operation.name]
    : undefined;
  if (!handler) throw unknownOperation(model, operation.name);
  validateInput(operation.input, input, model.service.enums ?? {});
  const output = await handler(input as never, { requestId, operation: operation.name });
  return (output ?? {}) as Record<string, unknown>;
}

/** What AWS answers for an operation that it does not have: the same for those that only we lack. */
function unknownOperation(model: ServiceModel, name: string): AwsError {
  if (model.protocol === 'query' || model.protocol === 'ec2') {
    return new AwsError('InvalidAction', `The action ${name} is not valid for this web service.`);
  }
  if (model.serviceId === 'S3') {
    return new AwsError('NotImplemented', `${name} implies functionality that is not implemented.`);
  }
  return new AwsError(
    'UnknownOperationException',
    `The operation "${name}" is not known to ${model.serviceId}`,
  );
}

function asAwsError(model: ServiceModel, error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof InvalidInput) return invalidInputError(model, error);
  log('%s failed: %o', model.serviceId, error);
  const code = model.protocol === 'ec2' || model.serviceId === 'S3' ? 'InternalError' : 'InternalFailure';
  const reason = error instanceof Error ? error.message : String(error);
  return Object.assign(new AwsError(code, `The request failed within the gateway: ${reason}`), {
    cause: error,
  });
}
