import type { ServedResource } from '../resources.ts';
import { validateData, validateDataUpdate } from '../validation/data.ts';
import { validateEndpointSliceUpdate, validateIngress } from '../validation/networking.ts';
import { validatePodDisruptionBudget } from '../validation/policy.ts';
import { horizontalPodAutoscaler } from './autoscaling.ts';
import { namespace, node, secret } from './cluster.ts';
import type { Kind } from './kind.ts';
import { pod } from './pod.ts';
import { service } from './service.ts';
import { cronJob, deployment, job, replicaSet } from './workloads.ts';

/** The kinds with rules of their own; every other is as its schema says. */
const kinds = {
  '/configmaps': { validate: validateData, validateUpdate: validateDataUpdate },
  '/namespaces': namespace,
  '/nodes': node,
  '/pods': pod,
  '/secrets': secret,
  '/services': service,
  'apps/deployments': deployment,
  'apps/replicasets': replicaSet,
  'autoscaling/horizontalpodautoscalers': horizontalPodAutoscaler,
  'batch/cronjobs': cronJob,
  'batch/jobs': job,
  'discovery.k8s.io/endpointslices': { generation: 'spec', validateUpdate: validateEndpointSliceUpdate },
  'networking.k8s.io/ingressclasses': { generation: 'spec' },
  'networking.k8s.io/ingresses': { generation: 'spec', validate: validateIngress },
  'policy/poddisruptionbudgets': { generation: 'spec', validate: validatePodDisruptionBudget },
  'elbv2.k8s.aws/targetgroupbindings': { generation: 'spec', requiresResourceVersion: true },
} satisfies Record<string, unknown>;

export function kindOf({ group, plural }: ServedResource): Kind {
  return (kinds as unknown as Record<string, Kind>)[`${group}/${plural}`] ?? {};
}
