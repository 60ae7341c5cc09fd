import { DecodeError, decode } from './decode.ts';
import type { ApiObject, JsonObject } from './json.ts';
import { isObject } from './json.ts';
import type { Request } from './request.ts';
import type { GroupVersionKind } from './resources.ts';
import { apiVersionOf, typeOf } from './resources.ts';
import { badRequest } from './status.ts';
import type { StructType } from './types.ts';

/** A client's JSON as an object of the kind that the URL asks for. */
export function readObject(
  request: Request,
  body: unknown,
  gvk: GroupVersionKind = request.resource,
): ApiObject {
  if (!isObject(body)) throw badRequest(`the body of the request was not an object of kind ${gvk.kind}`);
  checkKind(gvk, body);
  const { value, unknownFields } = decodeFor(gvk, typeOf(gvk), body);
  reportUnknown(request, gvk, unknownFields);
  return {
    ...value,
    apiVersion: apiVersionOf(gvk),
    kind: gvk.kind,
    metadata: value.metadata ?? {},
  } as ApiObject;
}

function checkKind(gvk: GroupVersionKind, { apiVersion, kind }: JsonObject): void {
  const expected = apiVersionOf(gvk);
  if (kind !== undefined && kind !== gvk.kind) {
    throw badRequest(
      `${String(kind)} in version "${String(apiVersion ?? '')}" cannot be handled as a ${gvk.kind}: converting (${String(kind)}) to (${gvk.kind}): unknown conversion`,
    );
  }
  if (apiVersion !== undefined && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
}

function decodeFor(gvk: GroupVersionKind, type: StructType, body: JsonObject) {
  try {
    return decode<Partial<ApiObject>>(type, body);
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`${handledAs(gvk)}: ${error.message}`);
    throw error;
  }
}

function reportUnknown(request: Request, gvk: GroupVersionKind, paths: readonly string[]): void {
  const texts = paths.map((path) => `unknown field "${path}"`);
  if (texts.length === 0 || request.fieldValidation === 'Ignore') return;
  if (request.fieldValidation === 'Strict') {
    throw badRequest(`${handledAs(gvk)}: strict decoding error: ${texts.join(', ')}`);
  }
  for (const text of texts) request.warn(text);
}

function handledAs({ kind, version }: GroupVersionKind): string {
  return `${kind} in version "${version}" cannot be handled as a ${kind}`;
}
