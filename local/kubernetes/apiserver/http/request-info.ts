/** What a URL asks for, before we know whether it is there (apiserver, RequestInfo). */
export interface RequestInfo {
  readonly path: string;
  readonly query: URLSearchParams;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; the method when no resource. */
  readonly verb: string;
  readonly resource?: ResourcePath;
}

export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

export function readRequestInfo(method: string, target: string): RequestInfo {
  const url = new URL(target, 'https://kubernetes.default.svc');
  const path = url.pathname;
  const resource = readResource(path);
  const verb = resource ? verbOf(method, resource, url.searchParams) : method.toLowerCase();
  return { path, query: url.searchParams, verb, resource };
}

function readResource(path: string): ResourcePath | undefined {
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  if (parts.at(-1) === '') parts.pop();
  const [root, ...rest] = parts;
  if (root === 'api') return readBelow('', rest);
  if (root === 'apis') return readBelow(rest[0] ?? '', rest.slice(1));
  return undefined;
}

function readBelow(group: string, [version, ...rest]: readonly string[]): ResourcePath | undefined {
  if (version === undefined || rest.length === 0) return undefined;
  const own = { group, version };
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && !isOfNamespace(rest);
  if (inNamespace) {
    const [, namespace, plural = '', name, ...subresource] = rest;
    return { ...own, plural, namespace, name, subresource: subresource.join('/') || undefined };
  }
  const [plural = '', name, ...subresource] = rest;
  return { ...own, plural, namespace: undefined, name, subresource: subresource.join('/') || undefined };
}

/** `namespaces/hub/status` is the namespace's own; `namespaces/hub/pods` is not. */
function isOfNamespace(rest: readonly string[]): boolean {
  return rest.length === 3 && (rest[2] === 'status' || rest[2] === 'finalize');
}

function verbOf(method: string, { name }: ResourcePath, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (isTrue(query.get('watch'))) return 'watch';
      return name === undefined ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete';
    default:
      return method.toLowerCase();
  }
}

/** Go's strconv.ParseBool, as query conversion uses it: anything but false is true. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}
