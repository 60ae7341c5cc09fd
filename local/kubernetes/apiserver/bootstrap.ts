import type { ApiState, Request } from './request.ts';
import type { ServedResource } from './resources.ts';
import { findKind } from './resources.ts';
import { createObject } from './write.ts';

/** The namespaces that every cluster has, and the Service that names the API itself. */
export function bootstrap(state: ApiState): void {
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    void createAs(state, 'Namespace', undefined, { metadata: { name } });
  }
  const ports = [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }];
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  const metadata = { name: 'kubernetes', labels };
  void createAs(state, 'Service', 'default', { metadata, spec: { clusterIP: '10.100.0.1', ports } });
}

/** Writes as the API server itself, past the hooks: it is done when this returns. */
export function createAs(
  state: ApiState,
  kind: string,
  namespace: string | undefined,
  body: object,
): Promise<unknown> {
  return createObject({ ...state, admit: [] }, serverRequest(kind, namespace), body);
}

export function serverRequest(kind: string, namespace: string | undefined): Request {
  return {
    resource: coreKind(kind),
    namespace,
    subresource: undefined,
    user: { user: 'system:apiserver', groups: ['system:masters'] },
    fieldManager: 'kube-apiserver',
    dryRun: false,
    fieldValidation: 'Strict',
    warn: () => undefined,
  };
}

function coreKind(kind: string): ServedResource {
  const resource = findKind('v1', kind);
  if (!resource) throw new Error(`Cannot write a "${kind}": it is not served`);
  return resource;
}
