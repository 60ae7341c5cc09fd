import type { Resource } from '../api.ts';
import type { StructType } from './types.ts';
import { readJson, schemaNameOf, structNamed } from './types.ts';

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface Subresource extends GroupVersionKind {
  readonly name: string;
  readonly verbs: readonly string[];
}

/** One served resource, as discovery describes it. */
export interface ServedResource extends Resource, GroupVersionKind {
  readonly singular: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
  /** Defined by a CRD: no Go type, so no strategic merge patch and no protobuf. */
  readonly custom?: boolean;
}

/** In the order of the recorded discovery, which is the order of preference. */
export const servedResources: readonly ServedResource[] = [
  ...readJson<ServedResource[]>('resources.json'),
  readJson<{ resource: ServedResource }>('target-group-binding.json').resource,
];

const byName = new Map(servedResources.map((resource) => [resourceKey(resource), resource]));

export function resourceKey({ group, version, plural }: Resource): string {
  return `${group}/${version}/${plural}`;
}

export function findResource(resource: Resource): ServedResource | undefined {
  return byName.get(resourceKey(resource));
}

export function findKind(apiVersion: string, kind: string): ServedResource | undefined {
  return servedResources.find((served) => apiVersionOf(served) === apiVersion && served.kind === kind);
}

export function typeOf({ group, version, kind }: GroupVersionKind): StructType {
  return structNamed(schemaNameOf(group, version, kind));
}

export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group ? `${group}/${version}` : version;
}

export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(0, slash)), version: apiVersion.slice(slash + 1) };
}

/** `deployments.apps`, `pods`: how messages name a resource. */
export function qualified({ group, plural }: Resource): string {
  return group ? `${plural}.${group}` : plural;
}
