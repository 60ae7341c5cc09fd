import type { ServedResource, Subresource } from '../resources.ts';
import { servedResources } from '../resources.ts';
import { schemaNameOf } from '../types.ts';

/**
 * The paths of a group version. Clients read from them which kinds there are, which parameters an operation takes
 * (kubectl: `fieldValidation`, `dryRun`) and how a kind can be patched.
 */
export function pathsOf({ group, version }: { group: string; version: string }): Record<string, object> {
  const base = group ? `/apis/${group}/${version}` : `/api/${version}`;
  return Object.fromEntries(
    servedResources
      .filter((served) => served.group === group && served.version === version)
      .flatMap((resource) => resourcePaths(base, resource)),
  );
}

type Path = readonly [string, object];

function resourcePaths(base: string, resource: ServedResource): Path[] {
  const { plural, namespaced, subresources } = resource;
  const place = namespaced ? `${base}/namespaces/{namespace}/${plural}` : `${base}/${plural}`;
  const paths: Path[] = [
    [place, operations(resource, collectionVerbs, namespaced ? ['namespace'] : [])],
    [`${place}/{name}`, operations(resource, objectVerbs, namespaced ? ['name', 'namespace'] : ['name'])],
    ...subresources.map(
      (sub): Path => [
        `${place}/{name}/${sub.name}`,
        operations({ ...resource, ...sub }, subresourceVerbs, namespaced ? ['name', 'namespace'] : ['name']),
      ],
    ),
  ];
  if (namespaced) paths.push([`${base}/${plural}`, operations(resource, { get: 'list' }, [])]);
  return paths;
}

/** HTTP method → the verb that it stands for there. */
type Verbs = Readonly<Record<string, string>>;
const collectionVerbs: Verbs = { get: 'list', post: 'create', delete: 'deletecollection' };
const objectVerbs: Verbs = { get: 'get', put: 'update', delete: 'delete', patch: 'patch' };
const subresourceVerbs: Verbs = { get: 'get', put: 'update', post: 'create', patch: 'patch' };

function operations(
  resource: ServedResource | (ServedResource & Subresource),
  methods: Verbs,
  pathParameters: readonly string[],
): object {
  const found = Object.entries(methods).filter(([, verb]) => resource.verbs.includes(verb));
  return {
    ...Object.fromEntries(found.map(([method, verb]) => [method, operation(resource, verb)])),
    parameters: pathParameters.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', uniqueItems: true },
    })),
  };
}

function operation(resource: ServedResource, verb: string): object {
  const { group, version, kind } = resource;
  const name = schemaNameOf(group, version, kind);
  const answer = verb === 'list' ? `${name}List` : verb.startsWith('delete') ? status : name;
  return {
    operationId: `${verb}_${group || 'core'}_${version}_${kind}`,
    parameters: (parametersOf[verb] ?? []).map(parameter),
    ...(verb !== 'get' && verb !== 'list' && { requestBody: requestBody(verb, name, resource.custom) }),
    responses: {
      200: { description: 'OK', content: content(['application/json', 'application/yaml'], answer) },
    },
    'x-kubernetes-action': actions[verb] ?? verb,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const status = `${meta}.Status`;
const actions: Verbs = { create: 'post', update: 'put' };

const listParameters = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
];
const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'];
const deleteParameters = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy'];
const parametersOf: Readonly<Record<string, readonly string[]>> = {
  list: listParameters,
  create: writeParameters,
  update: writeParameters,
  patch: [...writeParameters, 'force'],
  delete: deleteParameters,
  deletecollection: [...deleteParameters, ...listParameters],
};
const parameterTypes: Verbs = {
  allowWatchBookmarks: 'boolean',
  force: 'boolean',
  gracePeriodSeconds: 'integer',
  limit: 'integer',
  orphanDependents: 'boolean',
  sendInitialEvents: 'boolean',
  timeoutSeconds: 'integer',
  watch: 'boolean',
};

function parameter(name: string): object {
  return { name, in: 'query', schema: { type: parameterTypes[name] ?? 'string', uniqueItems: true } };
}

function requestBody(verb: string, name: string, custom = false): object {
  if (verb.startsWith('delete')) return { content: content(['*/*'], `${meta}.DeleteOptions`) };
  if (verb !== 'patch') return { content: content(['*/*'], name), required: true };
  const types = [
    'application/apply-patch+yaml',
    'application/json-patch+json',
    'application/merge-patch+json',
  ];
  const strategic = custom ? [] : ['application/strategic-merge-patch+json'];
  return { content: content([...types, ...strategic], `${meta}.Patch`), required: true };
}

function content(types: readonly string[], name: string): object {
  const schema = { $ref: `#/components/schemas/${name}` };
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}
