import { decodeLabel } from './rest-route.ts';
import { readScalar, writeScalar } from './scalar.ts';
import { membersOf, type Shape, setOwn } from './shape.ts';
import type { WireRequest } from './wire.ts';

/** Members without an HTTP binding make up the body of a REST request or response. */
export function travelsInBody(member: Shape): boolean {
  const traits = member.getMergedTraits();
  return !(
    traits.httpLabel ||
    traits.httpQuery ||
    traits.httpQueryParams ||
    traits.httpHeader ||
    traits.httpPrefixHeaders ||
    traits.httpPayload ||
    traits.httpResponseCode
  );
}

/** What a REST request carries outside its body: labels, query string and headers. */
export function readBindings(
  shape: Shape,
  request: WireRequest,
  labels: ReadonlyMap<string, string>,
): object {
  const out = {};
  for (const [name, member] of membersOf(shape)) {
    const value = readBinding(name, member, request, labels);
    if (value !== undefined) setOwn(out, name, value);
  }
  return out;
}

function readBinding(
  name: string,
  member: Shape,
  { query, headers }: WireRequest,
  labels: ReadonlyMap<string, string>,
): unknown {
  const { httpLabel, httpQuery, httpQueryParams, httpHeader, httpPrefixHeaders } = member.getMergedTraits();
  if (httpLabel) {
    const label = labels.get(name);
    return label === undefined ? undefined : readScalar(member, decodeLabel(label), name, 'date-time');
  }
  if (httpQuery) return readQueryMember(member, query.getAll(httpQuery), httpQuery);
  if (httpQueryParams) return Object.fromEntries(query);
  if (httpHeader) return readHeader(member, headers[httpHeader.toLowerCase()], httpHeader);
  if (httpPrefixHeaders) return readPrefixHeaders(headers, httpPrefixHeaders.toLowerCase());
  return undefined;
}

function readQueryMember(member: Shape, values: readonly string[], at: string): unknown {
  const [first] = values;
  if (first === undefined) return undefined;
  if (!member.isListSchema()) return readScalar(member, first, at, 'date-time');
  const item = member.getValueSchema();
  return values.map((value) => readScalar(item, value, at, 'date-time'));
}

function readHeader(member: Shape, value: string | undefined, at: string): unknown {
  if (value === undefined) return undefined;
  if (!member.isListSchema()) return readScalar(member, value, at, 'http-date');
  const item = member.getValueSchema();
  return value.split(',').map((part) => readScalar(item, part.trim(), at, 'http-date'));
}

function readPrefixHeaders(headers: Readonly<Record<string, string>>, prefix: string): object | undefined {
  const found = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  const out = {};
  for (const [name, value] of found) setOwn(out, name.slice(prefix.length), value);
  return found.length > 0 ? out : undefined;
}

/** The headers and the status that a REST response's members ask for. */
export function writeBindings(
  shape: Shape,
  output: Record<string, unknown>,
): { readonly status: number | undefined; readonly headers: Record<string, string> } {
  const headers: Record<string, string> = {};
  let status: number | undefined;
  for (const [name, member] of membersOf(shape)) {
    const value = output[name];
    if (value === undefined || value === null) continue;
    const { httpHeader, httpPrefixHeaders, httpResponseCode } = member.getMergedTraits();
    if (httpHeader) headers[httpHeader.toLowerCase()] = writeHeader(member, value);
    if (httpResponseCode) status = value as number;
    if (!httpPrefixHeaders) continue;
    for (const [key, entry] of Object.entries(value))
      headers[(httpPrefixHeaders + key).toLowerCase()] = String(entry);
  }
  return { status, headers };
}

function writeHeader(member: Shape, value: unknown): string {
  if (!Array.isArray(value)) return writeScalar(member, value, 'http-date');
  const item = member.getValueSchema();
  return value.map((entry) => writeScalar(item, entry, 'http-date')).join(', ');
}
