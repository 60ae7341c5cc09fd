/** In the order of the message; a name may come more than once. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** The first value of a header; the name in lower case. */
export function firstHeader(headers: HeaderList, name: string): string | undefined {
  for (const [key, value] of headers) {
    if (key.length === name.length && key.toLowerCase() === name) return value;
  }
  return undefined;
}

/** The list with these headers set, whatever they were before. */
export function withHeaders(headers: HeaderList, set: HeaderList): HeaderList {
  if (set.length === 0) return headers;
  return [...withoutHeaders(headers, new Set(set.map(([name]) => name.toLowerCase()))), ...set];
}

/** The names in lower case. */
export function withoutHeaders(headers: HeaderList, names: ReadonlySet<string>): HeaderList {
  return headers.filter(([name]) => !names.has(name.toLowerCase()));
}

/** RFC 9110 §7.6.1: of one connection, never passed on. */
export const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
