import type { ApiObject } from '../json.ts';

/** Fields that core v1 and events.k8s.io/v1 name differently: core name → events.k8s.io name. */
const renamed: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
};
const original = Object.fromEntries(Object.entries(renamed).map(([core, other]) => [other, core]));

export function eventToStored(event: ApiObject): ApiObject {
  return { ...rename(event, original), apiVersion: 'v1' };
}

export function eventFromStored(event: ApiObject): ApiObject {
  return { ...rename(event, renamed), apiVersion: 'events.k8s.io/v1' };
}

function rename(event: ApiObject, names: Readonly<Record<string, string>>): ApiObject {
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => [names[name] ?? name, value]),
  ) as ApiObject;
}
