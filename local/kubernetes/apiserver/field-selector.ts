import type { ApiObject } from './json.ts';
import { isObject } from './json.ts';
import type { Matcher } from './label-selector.ts';
import type { ServedResource } from './resources.ts';
import { badRequest } from './status.ts';

/** The fields that a real server can select by, beside name and namespace. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  '/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  '/events': [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'events.k8s.io/events': [
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
    'regarding.apiVersion',
    'regarding.resourceVersion',
    'regarding.fieldPath',
    'reason',
    'reportingController',
    'type',
  ],
  '/namespaces': ['status.phase'],
  '/nodes': ['spec.unschedulable'],
  '/secrets': ['type'],
  '/services': ['spec.clusterIP', 'spec.type'],
  'apps/replicasets': ['status.replicas'],
  'batch/jobs': ['status.successful'],
};

export function parseFieldSelector(resource: ServedResource, selector: string): Matcher<ApiObject> {
  const allowed = selectable[`${resource.group}/${resource.plural}`] ?? [];
  const terms = selector
    .split(',')
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, selector));
  for (const { path } of terms) {
    if (path === 'metadata.name' || path === 'metadata.namespace' || allowed.includes(path)) continue;
    throw badRequest(
      `Unable to find "${resource.group ? `${resource.group}/` : ''}${resource.version}, Resource=${resource.plural}" that match label selector "", field selector "${selector}": field label not supported: ${path}`,
    );
  }
  return (object) => terms.every(({ path, equal, value }) => (read(object, path) === value) === equal);
}

function parseTerm(term: string, selector: string): { path: string; equal: boolean; value: string } {
  const groups = /^(?<path>[^=!]+)(?<operator>==|=|!=)(?<value>.*)$/.exec(term)?.groups;
  if (!groups) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  return {
    path: (groups.path ?? '').trim(),
    equal: groups.operator !== '!=',
    value: (groups.value ?? '').trim(),
  };
}

function read(object: ApiObject, path: string): string {
  if (path === 'source')
    return String((object.source as { component?: string } | undefined)?.component ?? '');
  if (path === 'status.successful') return String(object.status?.succeeded ?? 0);
  let value: unknown = object;
  for (const step of path.split('.')) value = isObject(value) ? value[step] : undefined;
  if (value === undefined) return path === 'spec.unschedulable' || path === 'spec.hostNetwork' ? 'false' : '';
  return String(value);
}
