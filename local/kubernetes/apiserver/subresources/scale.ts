import type { ApiObject } from '../json.ts';
import type { Patch } from '../patch/patch-object.ts';
import { patchValue } from '../patch/patch-object.ts';
import { readObject } from '../read-object.ts';
import type { ApiState, Request } from '../request.ts';
import { typeOf } from '../resources.ts';
import { badRequest, conflict, invalid, modifiedMeanwhile } from '../status.ts';
import { liveObject, updateStored } from '../write.ts';

const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

export function readScale(state: ApiState, request: Request, name: string): ApiObject {
  return scaleOf(liveObject(state, request, name));
}

export async function writeScale(
  state: ApiState,
  request: Request,
  name: string,
  body: unknown,
): Promise<ApiObject> {
  const scale = readObject(request, body, scaleKind);
  const live = liveObject(state, request, name);
  const { resourceVersion } = scale.metadata;
  if (scale.metadata.name && scale.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${scale.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) {
    throw conflict(request.resource, name, modifiedMeanwhile);
  }
  const draft = structuredClone(live);
  draft.spec = { ...draft.spec, replicas: readReplicas(scale, name) };
  return scaleOf(await updateStored(state, request, draft));
}

export function patchScale(
  state: ApiState,
  request: Request,
  name: string,
  patch: Patch,
): Promise<ApiObject> {
  const patched = patchValue(typeOf(scaleKind), readScale(state, request, name), patch);
  return writeScale(state, request, name, patched);
}

function readReplicas(scale: ApiObject, name: string): number {
  const replicas = Number(scale.spec?.replicas ?? 0);
  if (replicas >= 0) return replicas;
  const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
  throw invalid(scaleKind, name, [{ reason: 'FieldValueInvalid', field: 'spec.replicas', message }]);
}

function scaleOf({ metadata, spec, status }: ApiObject): ApiObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const { matchLabels = {} } = (spec?.selector ?? {}) as { matchLabels?: Record<string, string> };
  const selector = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec?.replicas ?? 0 },
    status: { replicas: status?.replicas ?? 0, selector: selector.join(',') },
  };
}
