import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiObject } from '../json.ts';
import type { PodBackend } from '../pod-backend.ts';
import type { ApiState, Request, User } from '../request.ts';
import type { ServedResource } from '../resources.ts';
import { apiVersionOf } from '../resources.ts';
import { badRequest, invalid } from '../status.ts';
import type { TableOptions } from '../tables/list.ts';
import { toPartialMetadata, toTable } from '../tables/list.ts';
import type { AccessRules } from './authorization.ts';
import type { Pager } from './list.ts';
import type { Accepted } from './media-types.ts';
import { negotiate } from './media-types.ts';
import type { RequestInfo, ResourcePath } from './request-info.ts';

/** What every handler may use. */
export interface ServerContext {
  readonly state: ApiState;
  readonly pager: Pager;
  readonly access: AccessRules;
  /** host:port, as discovery gives it. */
  readonly address: string;
  readonly backend: () => PodBackend | undefined;
  readonly signal: AbortSignal;
}

/** One HTTP request for a resource that is served, by a user who may make it. */
export interface Call extends ServerContext {
  readonly http: IncomingMessage;
  readonly response: ServerResponse;
  readonly user: User;
  readonly info: RequestInfo;
  readonly path: ResourcePath;
  readonly resource: ServedResource;
}

export function requestOf(call: Call): Request {
  const { resource, path, user, info, response } = call;
  const { query } = info;
  return {
    resource,
    namespace: path.namespace,
    subresource: path.subresource,
    user,
    fieldManager: query.get('fieldManager') || managerOf(call),
    dryRun: readDryRun(query.getAll('dryRun')),
    fieldValidation: readFieldValidation(query.get('fieldValidation')),
    warn: (text) => {
      response.appendHeader('warning', `299 - ${JSON.stringify(text)}`);
    },
  };
}

/** Without a field manager, the first word of the user agent. */
function managerOf({ http }: Call): string {
  return (http.headers['user-agent'] ?? '').split('/')[0] || 'unknown';
}

export function readDryRun(values: readonly unknown[]): boolean {
  if (values.length === 0 || (values.length === 1 && values[0] === '')) return false;
  if (values.every((value) => value === 'All')) return true;
  const message = `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`;
  const options = { group: 'meta.k8s.io', version: 'v1', kind: 'CreateOptions' };
  throw invalid(options, '', [{ reason: 'FieldValueNotSupported', field: 'dryRun', message }]);
}

function readFieldValidation(value: string | null): Request['fieldValidation'] {
  if (value === null || value === '') return 'Warn';
  if (value === 'Ignore' || value === 'Warn' || value === 'Strict') return value;
  throw badRequest(
    `fieldValidation: Unsupported value: "${value}": supported values: "Ignore", "Strict", "Warn"`,
  );
}

/** How this client wants to see objects: themselves, a Table, or their metadata alone. */
export interface Presentation {
  readonly accepted: Accepted;
  one(object: ApiObject): object;
  /** A list, or what stands for it. */
  many(items: readonly ApiObject[], metadata: object): object;
  /** One event of a watch. */
  event(object: ApiObject): object;
}

export function presentationOf(call: Call): Presentation {
  const accepted = negotiate(call.http, ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);
  if (accepted.as === 'Table') return tables(call, accepted);
  if (accepted.as !== undefined) return metadataOnly(accepted);
  return whole(call, accepted);
}

function whole({ resource }: Call, accepted: Accepted): Presentation {
  const apiVersion = apiVersionOf(resource);
  // In a list of Go types only the list names the kind; custom resources name their own.
  const inList = ({ apiVersion: _, kind: __, ...rest }: ApiObject): object => rest;
  return {
    accepted,
    one: (object) => object,
    many: (items, metadata) => ({
      kind: `${resource.kind}List`,
      apiVersion,
      metadata,
      items: resource.custom ? items : items.map(inList),
    }),
    event: (object) => object,
  };
}

function tables(call: Call, accepted: Accepted): Presentation {
  const { resource, state, info } = call;
  const options = (metadata: object): TableOptions => ({
    metadata,
    includeObject: info.query.get('includeObject') ?? 'Metadata',
    now: state.clock.now(),
  });
  const version = ({ metadata }: ApiObject) => ({ resourceVersion: metadata.resourceVersion });
  let begun = false;
  return {
    accepted,
    one: (object) => toTable(resource, [object], options(version(object))),
    many: (items, metadata) => toTable(resource, items, options(metadata)),
    event: (object) => {
      const table = toTable(resource, [object], { ...options(version(object)), withoutColumns: begun });
      begun = true;
      return table;
    },
  };
}

function metadataOnly(accepted: Accepted): Presentation {
  const apiVersion = 'meta.k8s.io/v1';
  return {
    accepted,
    one: toPartialMetadata,
    many: (items, metadata) => ({
      kind: 'PartialObjectMetadataList',
      apiVersion,
      metadata,
      items: items.map(toPartialMetadata),
    }),
    event: toPartialMetadata,
  };
}
