import { fromStored } from '../conversions.ts';
import { finalizeNamespace } from '../namespaces.ts';
import { bindPod } from '../subresources/binding.ts';
import { evictPod } from '../subresources/eviction.ts';
import { streamLog } from '../subresources/logs.ts';
import { patchScale, readScale, writeScale } from '../subresources/scale.ts';
import { liveObject } from '../write.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { requestOf } from './call.ts';
import type { Handler } from './resource-handlers.ts';
import { answerObject, readPatch, resourceHandlers } from './resource-handlers.ts';
import { respond } from './respond.ts';

/** `subresource verb` → what it does. The status is written by the resource's own handlers. */
export const subresourceHandlers: Readonly<Record<string, Handler | undefined>> = {
  'status get': resourceHandlers.get,
  'status update': resourceHandlers.update,
  'status patch': resourceHandlers.patch,
  'scale get': (call) => answerObject(call, 200, readScale(call.state, requestOf(call), nameOf(call))),
  'scale update': async (call) => {
    const { value } = await readBody(call.http);
    answerObject(call, 200, await writeScale(call.state, requestOf(call), nameOf(call), value));
  },
  'scale patch': async (call) => {
    const patch = await readPatch(call);
    answerObject(call, 200, await patchScale(call.state, requestOf(call), nameOf(call), patch));
  },
  'binding create': async (call) => {
    const { value } = await readBody(call.http);
    bindPod(call.state, requestOf(call), nameOf(call), value);
    created(call);
  },
  'eviction create': async (call) => {
    const { value } = await readBody(call.http);
    evictPod(call.state, requestOf(call), nameOf(call), value);
    created(call);
  },
  'finalize update': async (call) => {
    const { value } = await readBody(call.http);
    const kept = finalizeNamespace(call.state, requestOf(call), nameOf(call), value);
    answerObject(call, 200, fromStored(call.resource, kept));
  },
  'log get': (call) => {
    const { state, response, info, signal } = call;
    const pod = liveObject(state, requestOf(call), nameOf(call));
    const backend = call.backend();
    return streamLog({ pod, query: info.query, backend, response, now: state.clock.now(), signal });
  },
};

function nameOf({ path }: Call): string {
  return path.name ?? '';
}

function created({ response }: Call): void {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  respond(response, { status: 201, body });
}
