import { translateTraits } from '@smithy/core/schema';
import type { AwsService } from '../service.ts';
import { type RestRoute, restRoute } from './rest-route.ts';
import { type Shape, shapeOf } from './shape.ts';

export type WireProtocol = 'query' | 'ec2' | 'json' | 'restJson' | 'restXml';

/** What the SDK knows of a service's wire format, read once when the gateway starts. */
export interface ServiceModel {
  readonly service: AwsService;
  /** As the SDK names it: `EC2`, `CloudWatch Logs`, `Elastic Load Balancing v2`. */
  readonly serviceId: string;
  /** The service part of a SigV4 credential scope. */
  readonly signingName: string;
  readonly protocol: WireProtocol;
  readonly version: string;
  readonly xmlNamespace: string | undefined;
  /** The part of X-Amz-Target before the dot. */
  readonly targetPrefix: string;
  readonly jsonVersion: '1.0' | '1.1';
  /** It spoke the query protocol once: errors carry their old codes beside the new. */
  readonly queryCompatible: boolean;
  operation(name: string): OperationModel | undefined;
  readonly restOperations: readonly RestOperation[];
  error(code: string): ErrorModel | undefined;
}

export interface OperationModel {
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  readonly route: RestRoute | undefined;
}

export type RestOperation = OperationModel & { readonly route: RestRoute };

export interface ErrorModel {
  readonly shape: Shape;
  readonly name: string;
  /** The name on the wire in the query protocol. */
  readonly queryCode: string;
  readonly status: number;
  readonly fault: 'Sender' | 'Receiver';
}

export function loadModel(service: AwsService): ServiceModel {
  const { config } = new service.client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'model', secretAccessKey: 'model' },
  });
  const { serviceId, signingName, defaultSigningName, protocol, protocolSettings } = config as ClientConfig;
  const { protocol: kind, jsonVersion } = wireProtocol(protocol.getShapeId());
  const schemas = schemasOf(service.sdk);
  const operations = lazyMap(schemas.operations, operationModel);
  return {
    service,
    serviceId,
    signingName: signingName ?? defaultSigningName ?? serviceId.toLowerCase(),
    protocol: kind,
    jsonVersion,
    queryCompatible: protocolSettings.awsQueryCompatible === true,
    version: protocolSettings.version ?? '',
    xmlNamespace: protocolSettings.xmlNamespace,
    targetPrefix: protocolSettings.serviceTarget ?? '',
    operation: operations,
    restOperations: kind.startsWith('rest') ? restOperations([...schemas.operations.keys()], operations) : [],
    error: lazyMap(schemas.errors, errorModel),
  };
}

/** The parts of an SDK client's resolved configuration that describe its wire format. */
interface ClientConfig {
  readonly serviceId: string;
  readonly signingName?: string;
  readonly defaultSigningName?: string;
  readonly protocol: { getShapeId(): string };
  readonly protocolSettings: {
    version?: string;
    xmlNamespace?: string;
    serviceTarget?: string;
    awsQueryCompatible?: boolean;
  };
}

/** [9, namespace, name, traits, input, output] and [-3, namespace, name, traits, names, members, required]. */
type Schema = readonly [id: number, namespace: string, name: string, traits: number | object, ...unknown[]];

const operationSchema = 9;
const errorSchema = -3;

function wireProtocol(shapeId: string): Pick<ServiceModel, 'protocol' | 'jsonVersion'> {
  switch (shapeId) {
    case 'aws.protocols#awsQuery':
      return { protocol: 'query', jsonVersion: '1.1' };
    case 'aws.protocols#ec2Query':
      return { protocol: 'ec2', jsonVersion: '1.1' };
    case 'aws.protocols#awsJson1_0':
      return { protocol: 'json', jsonVersion: '1.0' };
    case 'aws.protocols#awsJson1_1':
      return { protocol: 'json', jsonVersion: '1.1' };
    case 'aws.protocols#restJson1':
      return { protocol: 'restJson', jsonVersion: '1.1' };
    case 'aws.protocols#restXml':
      return { protocol: 'restXml', jsonVersion: '1.1' };
    default:
      throw new TypeError(`Cannot load an AWS service: expected a protocol we speak, got "${shapeId}"`);
  }
}

function schemasOf(sdk: object): { operations: Map<string, Schema>; errors: Map<string, Schema> } {
  const operations = new Map<string, Schema>();
  const errors = new Map<string, Schema>();
  for (const [key, schema] of Object.entries(sdk)) {
    if (!key.endsWith('$') || !Array.isArray(schema)) continue;
    if (schema[0] === operationSchema) operations.set(schema[2], schema as unknown as Schema);
    if (schema[0] !== errorSchema) continue;
    errors.set(schema[2], schema as unknown as Schema);
    const queryCode = awsQueryError(schema[3])?.[0];
    if (queryCode) errors.set(queryCode, schema as unknown as Schema);
  }
  return { operations, errors };
}

/** Normalizing a schema costs; EC2 alone has 750 operations, and a run uses a few dozen. */
function lazyMap<T>(
  schemas: Map<string, Schema>,
  build: (schema: Schema) => T,
): (name: string) => T | undefined {
  const built = new Map<string, T>();
  return (name) => {
    const schema = schemas.get(name);
    if (!schema) return undefined;
    const model = built.get(name) ?? build(schema);
    built.set(name, model);
    return model;
  };
}

function operationModel([, , name, traits, input, output]: Schema): OperationModel {
  const http = translateTraits(traits as number).http as [string, string, number] | undefined;
  const shape = shapeOf(input);
  return { name, input: shape, output: shapeOf(output), route: http && restRoute(http, shape) };
}

function restOperations(
  names: readonly string[],
  operation: (name: string) => OperationModel | undefined,
): RestOperation[] {
  return names
    .map((name) => operation(name))
    .filter((found): found is RestOperation => found?.route !== undefined)
    .sort((a, b) => b.route.weight - a.route.weight);
}

function errorModel(schema: Schema): ErrorModel {
  const [, , name, traits] = schema;
  const { error, httpError } = translateTraits(traits as number);
  const query = awsQueryError(traits);
  return {
    shape: shapeOf(schema),
    name,
    queryCode: query?.[0] ?? name,
    status: query?.[1] ?? (httpError as number | undefined) ?? (error === 'server' ? 500 : 400),
    fault: error === 'server' ? 'Receiver' : 'Sender',
  };
}

function awsQueryError(traits: unknown): readonly [code: string, status: number] | undefined {
  return translateTraits(traits as number).awsQueryError as readonly [string, number] | undefined;
}
