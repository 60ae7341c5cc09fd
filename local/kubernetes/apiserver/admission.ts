import type { ApiObject } from './json.ts';
import type { ApiState } from './request.ts';
import type { ServedResource } from './resources.ts';
import { findResource } from './resources.ts';
import { forbidden, notFound } from './status.ts';
import { keyOf } from './store.ts';

/** The admission plugins that are always on and look at other objects: NamespaceLifecycle and ServiceAccount. */
export function admitBuiltIn(state: ApiState, resource: ServedResource, object: ApiObject): void {
  const { namespace, name } = object.metadata;
  if (!resource.namespaced || !namespace) return;
  requireNamespace(state, resource, namespace, name);
  if (resource.plural === 'pods') requireServiceAccount(state, resource, object);
}

function requireNamespace(state: ApiState, resource: ServedResource, namespace: string, name: string): void {
  const found = state.store.get('/namespaces', namespace);
  const namespaces = findResource({ group: '', version: 'v1', plural: 'namespaces' });
  if (!found && namespaces) throw notFound(namespaces, namespace);
  if (found?.metadata.deletionTimestamp) {
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbidden(resource, name, why);
  }
}

function requireServiceAccount(
  state: ApiState,
  resource: ServedResource,
  { metadata, spec }: ApiObject,
): void {
  const account = String(spec?.serviceAccountName ?? 'default');
  if (state.store.get('/serviceaccounts', keyOf(metadata.namespace, account))) return;
  const why = `error looking up service account ${metadata.namespace}/${account}: serviceaccount "${account}" not found`;
  throw forbidden(resource, metadata.name, why);
}
