/**
 * Cuts `resources.json` and `schemas.json` out of the OpenAPI and discovery documents that a real kube-apiserver
 * v1.33 answered with (Apache-2.0): only what we serve, and only the schemas reachable from it.
 *
 *     node local/kubernetes/openapi/cut.ts ../shared/reference/kubernetes-v1.33
 *
 * `target-group-binding.json` is not cut: the AWS Load Balancer Controller's CRD is in no recording.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Group/version → resource → the subresources that we serve. */
const served: Record<string, Record<string, readonly string[]>> = {
  v1: {
    configmaps: [],
    endpoints: [],
    events: [],
    namespaces: ['finalize', 'status'],
    nodes: ['status'],
    pods: ['binding', 'eviction', 'log', 'status'],
    secrets: [],
    serviceaccounts: [],
    services: ['status'],
  },
  'apps/v1': { deployments: ['scale', 'status'], replicasets: ['scale', 'status'] },
  'events.k8s.io/v1': { events: [] },
  'authentication.k8s.io/v1': { selfsubjectreviews: [] },
  'authorization.k8s.io/v1': { selfsubjectaccessreviews: [], selfsubjectrulesreviews: [] },
  'autoscaling/v2': { horizontalpodautoscalers: ['status'] },
  'autoscaling/v1': { horizontalpodautoscalers: ['status'] },
  'batch/v1': { cronjobs: ['status'], jobs: ['status'] },
  'networking.k8s.io/v1': { ingressclasses: [], ingresses: ['status'] },
  'policy/v1': { poddisruptionbudgets: ['status'] },
  'coordination.k8s.io/v1': { leases: [] },
  'discovery.k8s.io/v1': { endpointslices: [] },
  'metrics.k8s.io/v1beta1': { nodes: [], pods: [] },
};

interface Discovered {
  resource: string;
  responseKind: { group: string; version: string; kind: string };
  scope: string;
  singularResource: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: {
    subresource: string;
    responseKind: { group: string; version: string; kind: string };
    verbs: string[];
  }[];
}
interface DiscoveryGroup {
  metadata: { name?: string };
  versions: { version: string; resources: Discovered[] }[];
}
type Schemas = Record<string, unknown>;

const source = process.argv[2];
if (!source) throw new TypeError('Cannot cut: expected the folder of the recording as the only argument');
const read = (name: string): unknown => JSON.parse(readFileSync(join(source, name), 'utf8'));

const groups = ['discovery-aggregated-api.json', 'discovery-aggregated-apis.json'].flatMap(
  (name) => (read(name) as { items: DiscoveryGroup[] }).items,
);
const resources = groups.flatMap(cutGroup);
const schemas = readSchemas();
const wanted = reachable(resources.flatMap(kindsOf).map(schemaName));

write('resources.json', resources.map((entry) => JSON.stringify(entry)), '[', ']');
write('schemas.json', [...wanted].sort().map((name) => `${JSON.stringify(name)}:${JSON.stringify(schemas[name])}`), '{', '}');

function cutGroup(group: DiscoveryGroup): object[] {
  const name = group.metadata.name ?? '';
  return group.versions.flatMap(({ version, resources: all }) => {
    const kept = served[name ? `${name}/${version}` : version] ?? {};
    return all.flatMap((entry) => {
      const subresources = kept[entry.resource];
      return subresources ? [cutResource(name, version, entry, subresources)] : [];
    });
  });
}

function cutResource(group: string, version: string, entry: Discovered, kept: readonly string[]): object {
  const gvk = (kind: Discovered['responseKind']) => ({
    group: kind.group || group,
    version: kind.version || version,
    kind: kind.kind,
  });
  return {
    group,
    version,
    plural: entry.resource,
    singular: entry.singularResource,
    kind: entry.responseKind.kind,
    namespaced: entry.scope === 'Namespaced',
    verbs: entry.verbs,
    shortNames: entry.shortNames ?? [],
    categories: entry.categories ?? [],
    subresources: (entry.subresources ?? [])
      .filter(({ subresource }) => kept.includes(subresource))
      .map((sub) => ({ name: sub.subresource, ...gvk(sub.responseKind), verbs: sub.verbs })),
  };
}

function kindsOf(resource: object): { group: string; version: string; kind: string }[] {
  const { subresources, ...own } = resource as { group: string; version: string; kind: string; subresources: never[] };
  return [own, ...subresources];
}

/** Version 3 files first, since only they have every default; version 2 fills in autoscaling/v1. */
function readSchemas(): Schemas {
  const v3 = readdirSync(source ?? '')
    .filter((name) => name.startsWith('openapi-v3-'))
    .map((name) => (read(name) as { components: { schemas: Schemas } }).components.schemas);
  const v2 = (read('openapi-v2.json') as { definitions: Schemas }).definitions;
  const all: Schemas = JSON.parse(JSON.stringify(v2).replaceAll('#/definitions/', '#/components/schemas/'));
  for (const file of v3) Object.assign(all, file);
  return all;
}

function schemaName({ group, version, kind }: { group: string; version: string; kind: string }): string {
  const found = Object.entries(schemas).find(([, schema]) => {
    const kinds = (schema as { 'x-kubernetes-group-version-kind'?: object[] })['x-kubernetes-group-version-kind'];
    return kinds?.length === 1 && JSON.stringify(kinds[0]) === JSON.stringify({ group, kind, version });
  });
  if (!found) throw new Error(`Cannot cut: no schema for the kind "${kind}" of ${group}/${version}`);
  return found[0];
}

function reachable(roots: readonly string[]): Set<string> {
  const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
  const queue = [...roots, ...roots.map((root) => `${root}List`), `${meta}.DeleteOptions`, `${meta}.Status`, `${meta}.WatchEvent`, `${meta}.Patch`];
  const found = new Set<string>();
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name) || !schemas[name]) continue;
    found.add(name);
    const text = JSON.stringify(schemas[name]);
    for (const match of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) queue.push(match[1] ?? '');
  }
  return found;
}

function write(name: string, lines: readonly string[], open: string, close: string): void {
  writeFileSync(join(import.meta.dirname, name), `${open}\n${lines.join(',\n')}\n${close}\n`);
}
