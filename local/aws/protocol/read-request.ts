import { InvalidInput } from './invalid-input.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import { parseXml } from './parse-xml.ts';
import { parseJson, readJson } from './read-json.ts';
import { readQuery } from './read-query.ts';
import { readXml, readXmlStructure } from './read-xml.ts';
import { readBindings, travelsInBody } from './rest-bindings.ts';
import { membersOf, type Shape, setOwn } from './shape.ts';
import type { WireRequest } from './wire.ts';

/** The operation's input as the SDK's types describe it. */
export function readInput(
  model: ServiceModel,
  operation: OperationModel,
  request: WireRequest,
  labels: ReadonlyMap<string, string>,
): object {
  switch (model.protocol) {
    case 'query':
    case 'ec2':
      return readQuery(operation.input, parametersOf(request), model.protocol);
    case 'json':
      return readJsonInput(operation.input, request.body);
    default:
      return readRest(model, operation.input, request, labels);
  }
}

/** Query services take their parameters from the URL as well as from the form. */
export function parametersOf(request: WireRequest): [string, string][] {
  const form = isForm(request) ? new URLSearchParams(new TextDecoder().decode(request.body)) : [];
  return [...request.query, ...form];
}

function isForm({ headers }: WireRequest): boolean {
  return (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
}

function readRest(
  model: ServiceModel,
  shape: Shape,
  request: WireRequest,
  labels: ReadonlyMap<string, string>,
): object {
  const input = readBindings(shape, request, labels);
  const payload = membersOf(shape).find(([, member]) => member.getMergedTraits().httpPayload);
  if (payload) {
    const [name, member] = payload;
    const value = readPayload(model, name, member, request.body);
    if (value !== undefined) setOwn(input, name, value);
  } else if (membersOf(shape).some(([, member]) => travelsInBody(member))) {
    Object.assign(input, readBody(model, shape, request.body));
  }
  return input;
}

function readPayload(model: ServiceModel, name: string, member: Shape, body: Uint8Array): unknown {
  if (member.isBlobSchema()) return body;
  if (body.byteLength === 0) return undefined;
  if (member.isStringSchema()) return new TextDecoder().decode(body);
  if (model.protocol === 'restJson') return readJson(member, parseJson(body), name, { jsonName: true });
  return readXml(member, rootElement(body, [member.getMergedTraits().xmlName, member.getName()]), name);
}

/** Members of other places are read by name only from those places. */
function readBody(model: ServiceModel, shape: Shape, body: Uint8Array): object {
  if (model.protocol === 'restXml') {
    if (body.byteLength === 0) return {};
    const root = rootElement(body, [shape.getMergedTraits().xmlName, shape.getName()]);
    return readXmlStructure(shape, root, '', travelsInBody);
  }
  const value = parseJson(body);
  const all = readJson(shape, value, '', { jsonName: true }) as Record<string, unknown>;
  return Object.fromEntries(
    membersOf(shape)
      .filter(([name, member]) => travelsInBody(member) && all[name] !== undefined)
      .map(([name]) => [name, all[name]]),
  );
}

function rootElement(body: Uint8Array, names: readonly (string | undefined)[]): ReturnType<typeof parseXml> {
  const root = parseXml(new TextDecoder().decode(body));
  if (names.includes(root.name)) return root;
  throw new InvalidInput(
    'malformed',
    `Could not parse XML: expected "${names.find((name) => name)}", got "${root.name}"`,
  );
}

function readJsonInput(shape: Shape, body: Uint8Array): object {
  return (readJson(shape, parseJson(body), '', { jsonName: false }) ?? {}) as object;
}
