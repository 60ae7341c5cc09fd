import type { CustomObjectsApi } from '@kubernetes/client-node';
import { ApiException, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { LoadBalancerModel, TargetGroupModel } from './model.ts';
import type { ReconciledLoadBalancer } from './reconcile-load-balancer.ts';

const resource = { group: 'elbv2.k8s.aws', version: 'v1beta1', plural: 'targetgroupbindings' };

/** The object that says which service's pods a target group holds. */
export async function applyBinding(
  custom: CustomObjectsApi,
  { namespace, ingress }: LoadBalancerModel,
  group: TargetGroupModel,
  { targetGroups }: ReconciledLoadBalancer,
): Promise<void> {
  await custom.patchNamespacedCustomObject(
    {
      ...resource,
      namespace,
      name: group.name,
      fieldManager: 'controller',
      force: true,
      body: {
        apiVersion: 'elbv2.k8s.aws/v1beta1',
        kind: 'TargetGroupBinding',
        metadata: {
          name: group.name,
          namespace,
          labels: { 'ingress.k8s.aws/stack-namespace': namespace, 'ingress.k8s.aws/stack-name': ingress },
        },
        spec: {
          targetGroupARN: targetGroups.get(group.name),
          targetType: 'ip',
          serviceRef: { name: group.service, port: group.servicePort },
        },
      },
    },
    setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
  );
}

export async function removeBindings(
  custom: CustomObjectsApi,
  namespace: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names)
    await custom.deleteNamespacedCustomObject({ ...resource, namespace, name }).catch((error: unknown) => {
      if (!(error instanceof ApiException && error.code === 404)) throw error;
    });
}
