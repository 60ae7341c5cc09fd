import type { ApiObject } from './json.ts';
import type { ServedResource } from './resources.ts';
import { findResource } from './resources.ts';

/** Where a resource's objects are kept: several versions or groups may share one collection. */
export function collectionOf(resource: ServedResource): string {
  const { group, plural } = storedAs(resource);
  return `${group}/${plural}`;
}

/** The version in which objects are kept, and validated. */
export function storedAs(resource: ServedResource): ServedResource {
  return resource;
}

export function toStored(_resource: ServedResource, object: ApiObject): ApiObject {
  return object;
}

export function fromStored(_resource: ServedResource, object: ApiObject): ApiObject {
  return object;
}

void findResource;
