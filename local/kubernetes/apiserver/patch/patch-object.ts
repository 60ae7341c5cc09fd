import { fromStored } from '../conversions.ts';
import type { ApiObject } from '../json.ts';
import type { ApiState, Request } from '../request.ts';
import { typeOf } from '../resources.ts';
import { applyObject } from '../server-side-apply.ts';
import { invalid, statusError } from '../status.ts';
import type { StructType } from '../types.ts';
import { liveObject, updateObject } from '../write.ts';
import { JsonPatchError, jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';

export interface Patch {
  /** The media type that says how to read `body`. */
  readonly contentType: string;
  readonly body: unknown;
  readonly force: boolean | undefined;
  /** The caller named its field manager, which an apply must. */
  readonly managerNamed: boolean;
}

export async function patchObject(
  state: ApiState,
  request: Request,
  name: string,
  patch: Patch,
): Promise<{ object: ApiObject; created: boolean }> {
  if (patch.contentType === 'application/apply-patch+yaml') {
    if (!patch.managerNamed) throw missingManager();
    return applyObject(state, request, name, patch.body, patch.force ?? false);
  }
  if (patch.force !== undefined) throw forceWithoutApply();
  const live = fromStored(request.resource, liveObject(state, request, name));
  const patched = patchValue(typeOf(request.resource), live, patch, request.resource.custom);
  return { object: await updateObject(state, request, name, patched), created: false };
}

/** The patched value, not yet checked against its type. */
export function patchValue(
  type: StructType,
  live: object,
  { contentType, body }: Pick<Patch, 'contentType' | 'body'>,
  custom = false,
): unknown {
  switch (contentType) {
    case 'application/json-patch+json':
      return applyJsonPatch(live, body);
    case 'application/merge-patch+json':
      return mergePatch(live, body);
    case 'application/strategic-merge-patch+json':
      if (!custom) return strategicMergePatch(type, live, body);
  }
  throw unsupported(custom);
}

function applyJsonPatch(live: object, body: unknown): unknown {
  try {
    return jsonPatch(live, body);
  } catch (error) {
    if (error instanceof JsonPatchError) throw statusError(422, 'Invalid', error.message);
    throw error;
  }
}

/** A custom resource has no Go type, so no strategic merge patch. */
function unsupported(custom: boolean): Error {
  const types = [
    'application/json-patch+json',
    'application/merge-patch+json',
    ...(custom ? [] : ['application/strategic-merge-patch+json']),
    'application/apply-patch+yaml',
  ].join(', ');
  const message = `the body of the request was in an unknown format - accepted media types include: ${types}`;
  return statusError(415, 'UnsupportedMediaType', message);
}

const patchOptions = { group: 'meta.k8s.io', version: 'v1', kind: 'PatchOptions' };

function missingManager(): Error {
  const message = 'Required value: is required for apply patch';
  return invalid(patchOptions, '', [{ reason: 'FieldValueRequired', field: 'fieldManager', message }]);
}

function forceWithoutApply(): Error {
  const message = 'Forbidden: may not be specified for non-apply patch';
  return invalid(patchOptions, '', [{ reason: 'FieldValueForbidden', field: 'force', message }]);
}
