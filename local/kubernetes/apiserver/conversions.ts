import { eventFromStored, eventToStored } from './conversions/events.ts';
import { scalerFromStored, scalerToStored } from './conversions/scalers.ts';
import type { ApiObject } from './json.ts';
import type { ServedResource } from './resources.ts';
import { findResource, resourceKey } from './resources.ts';

interface Conversion {
  readonly stored: { readonly group: string; readonly version: string; readonly plural: string };
  toStored(object: ApiObject): ApiObject;
  fromStored(object: ApiObject): ApiObject;
}

/** Resources that are another one in other words. */
const conversions: Readonly<Record<string, Conversion>> = {
  'events.k8s.io/v1/events': {
    stored: { group: '', version: 'v1', plural: 'events' },
    toStored: eventToStored,
    fromStored: eventFromStored,
  },
  'autoscaling/v1/horizontalpodautoscalers': {
    stored: { group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers' },
    toStored: scalerToStored,
    fromStored: scalerFromStored,
  },
};

/** Where a resource's objects are kept. */
export function collectionOf(resource: ServedResource): string {
  const { group, plural } = storedAs(resource);
  return `${group}/${plural}`;
}

/** The version in which objects are kept, validated and owned. */
export function storedAs(resource: ServedResource): ServedResource {
  const conversion = conversions[resourceKey(resource)];
  return (conversion && findResource(conversion.stored)) ?? resource;
}

export function toStored(resource: ServedResource, object: ApiObject): ApiObject {
  return conversions[resourceKey(resource)]?.toStored(object) ?? object;
}

export function fromStored(resource: ServedResource, object: ApiObject): ApiObject {
  return conversions[resourceKey(resource)]?.fromStored(object) ?? object;
}
