import type { ListOptions } from '../../api.ts';
import { fromStored } from '../conversions.ts';
import type { DeleteOptions } from '../delete.ts';
import { deleteObject } from '../delete.ts';
import type { ApiObject } from '../json.ts';
import { isObject } from '../json.ts';
import { getMetrics, listMetrics } from '../metrics.ts';
import { patchObject } from '../patch/patch-object.ts';
import type { Request } from '../request.ts';
import { apiVersionOf } from '../resources.ts';
import { badRequest } from '../status.ts';
import { listObjects } from '../watch.ts';
import { createObject, liveObject, updateObject } from '../write.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { presentationOf, readDryRun, requestOf } from './call.ts';
import { readNumber } from './list.ts';
import { isTrue } from './request-info.ts';
import { respond } from './respond.ts';
import { review } from './reviews.ts';
import { streamWatch } from './watch-stream.ts';

export type Handler = (call: Call) => Promise<void> | void;

/** Verb → what it does to a resource itself. */
export const resourceHandlers: Readonly<Record<string, Handler>> = {
  get: (call) => {
    const { resource, path, state } = call;
    if (isMetrics(call)) {
      const metrics = getMetrics(state.store, call.backend(), resource, path.namespace, path.name ?? '');
      return respond(call.response, { status: 200, body: metrics });
    }
    const live = liveObject(state, requestOf(call), path.name ?? '');
    answerObject(call, 200, fromStored(resource, live));
  },
  list: (call) => {
    const { state, resource, info, pager, response } = call;
    const options = listOptionsOf(call);
    if (isMetrics(call)) {
      const items = listMetrics(state.store, call.backend(), resource, options);
      const kind = `${resource.kind}List`;
      const body = { kind, apiVersion: apiVersionOf(resource), metadata: {}, items };
      return respond(response, { status: 200, body });
    }
    const presentation = presentationOf(call);
    const { items, metadata } = pager.list(resource, options, info.query);
    const { format } = presentation.accepted;
    respond(response, { status: 200, body: presentation.many(items, metadata), format });
  },
  watch: (call) => {
    const { state, resource, info, response, signal, path } = call;
    const presentation = presentationOf(call);
    const options = { ...listOptionsOf(call), ...(path.name && nameSelector(path.name)) };
    const contentType = presentation.accepted.format === 'json' ? 'application/json' : 'application/yaml';
    return streamWatch({
      state,
      resource,
      options,
      query: info.query,
      response,
      present: presentation.event,
      contentType,
      signal,
    });
  },
  create: async (call) => {
    const { value } = await readBody(call.http);
    const request = requestOf(call);
    const reviewed = call.resource.kind.startsWith('SelfSubject');
    const object = reviewed
      ? review(request, value, call.access)
      : await createObject(call.state, request, value);
    answerObject(call, 201, object);
  },
  update: async (call) => {
    const { value } = await readBody(call.http);
    answerObject(call, 200, await updateObject(call.state, requestOf(call), call.path.name ?? '', value));
  },
  patch: async (call) => {
    const { object, created } = await patchObject(
      call.state,
      requestOf(call),
      call.path.name ?? '',
      await readPatch(call),
    );
    answerObject(call, created ? 201 : 200, object);
  },
  delete: async (call) => {
    const { options, request } = await readDeletion(call);
    const name = call.path.name ?? '';
    const { object, gone } = deleteObject(call.state, request, name, options);
    const shown = fromStored(call.resource, object);
    if (!gone || returnsDeleted.has(call.resource.plural)) return answerObject(call, 200, shown);
    const { group, plural } = call.resource;
    const details = { name, group: group || undefined, kind: plural, uid: object.metadata.uid };
    const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
    respond(call.response, { status: 200, body });
  },
  deletecollection: async (call) => {
    const { options, request } = await readDeletion(call);
    const items = listObjects(call.state.store, call.resource, listOptionsOf(call));
    const deleted = items.map(
      ({ metadata }) =>
        deleteObject(call.state, { ...request, namespace: metadata.namespace }, metadata.name, options)
          .object,
    );
    const metadata = { resourceVersion: String(call.state.store.revision) };
    const shown = deleted.map((object) => fromStored(call.resource, object));
    respond(call.response, { status: 200, body: presentationOf(call).many(shown, metadata) });
  },
};

/** Registries that answer a deletion with the object itself. */
const returnsDeleted = new Set(['pods', 'services', 'serviceaccounts']);

export function answerObject(call: Call, status: number, object: ApiObject): void {
  const presentation = presentationOf(call);
  const { format } = presentation.accepted;
  respond(call.response, { status, body: presentation.one(object), format });
}

export async function readPatch({ http, info }: Call) {
  const { contentType, value } = await readBody(http);
  const force = info.query.get('force');
  const managerNamed = Boolean(info.query.get('fieldManager'));
  return { contentType, body: value, force: force === null ? undefined : isTrue(force), managerNamed };
}

async function readDeletion(call: Call): Promise<{ options: DeleteOptions; request: Request }> {
  const { value } = await readBody(call.http);
  if (value !== undefined && !isObject(value)) throw badRequest('the body must be a DeleteOptions object');
  const { query } = call.info;
  const options: DeleteOptions = {
    gracePeriodSeconds: readNumber(query, 'gracePeriodSeconds'),
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    ...value,
  };
  const request = requestOf(call);
  const dryRun = Array.isArray(value?.dryRun) && readDryRun(value.dryRun);
  return { options, request: { ...request, dryRun: request.dryRun || dryRun } };
}

function listOptionsOf({ path, info }: Call): ListOptions {
  return {
    namespace: path.namespace,
    labelSelector: info.query.get('labelSelector') || undefined,
    fieldSelector: info.query.get('fieldSelector') || undefined,
  };
}

function nameSelector(name: string): ListOptions {
  return { fieldSelector: `metadata.name=${name}` };
}

function isMetrics({ resource }: Call): boolean {
  return resource.group === 'metrics.k8s.io';
}
