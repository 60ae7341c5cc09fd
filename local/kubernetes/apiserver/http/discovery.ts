import type { ServedResource } from '../resources.ts';
import { apiVersionOf, servedResources } from '../resources.ts';

/** Discovery documents, plain and aggregated, all from the list of served resources. */
export function discover(path: string, aggregated: boolean, address: string): object | undefined {
  const [root, group, version, ...rest] = path.split('/').filter((part) => part !== '');
  if (rest.length > 0) return undefined;
  if (root === 'api' && group === undefined) return aggregated ? aggregate(['']) : apiVersions(address);
  if (root === 'apis' && group === undefined) {
    const names = groupNames().filter((name) => name !== '');
    return aggregated
      ? aggregate(names)
      : { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map(apiGroup) };
  }
  if (root === 'api') return version === undefined ? resourceList('', group ?? '') : undefined;
  if (group === undefined || group === '' || !groupNames().includes(group)) return undefined;
  if (version !== undefined) return resourceList(group, version);
  return { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) };
}

function groupNames(): string[] {
  return [...new Set(servedResources.map(({ group }) => group))];
}

function versionsOf(group: string): string[] {
  return [
    ...new Set(servedResources.filter((served) => served.group === group).map(({ version }) => version)),
  ];
}

function apiVersions(address: string): object {
  return {
    kind: 'APIVersions',
    versions: versionsOf(''),
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

function apiGroup(name: string): object {
  const versions = versionsOf(name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function resourceList(group: string, version: string): object | undefined {
  const found = servedResources.filter((served) => served.group === group && served.version === version);
  if (found.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: found.flatMap(apiResources),
  };
}

function apiResources(resource: ServedResource): object[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, subresources } = resource;
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  };
  return [
    own,
    ...subresources.map((sub) => ({
      name: `${plural}/${sub.name}`,
      singularName: '',
      namespaced,
      ...(sub.group !== resource.group && { group: sub.group, version: sub.version }),
      kind: sub.kind,
      verbs: sub.verbs,
    })),
  ];
}

function aggregate(groups: readonly string[]): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((name) => ({
      metadata: { ...(name && { name }), creationTimestamp: null },
      versions: versionsOf(name).map((version) => ({
        version,
        resources: servedResources
          .filter((served) => served.group === name && served.version === version)
          .map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregatedResource(resource: ServedResource): object {
  const kind = (own: { group: string; version: string; kind: string }) => ({
    group: own.group === resource.group ? '' : own.group,
    version: own.group === resource.group ? '' : own.version,
    kind: own.kind,
  });
  return {
    resource: resource.plural,
    responseKind: kind(resource),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    ...(resource.categories.length > 0 && { categories: resource.categories }),
    ...(resource.subresources.length > 0 && {
      subresources: resource.subresources.map((sub) => ({
        subresource: sub.name,
        responseKind: kind(sub),
        verbs: sub.verbs,
      })),
    }),
  };
}
