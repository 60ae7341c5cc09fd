import { createEventRecorder } from '../events.ts';
import type { ControllerContext } from './controller.ts';
import { deploymentController } from './deployment.ts';
import { disruptionBudgetController } from './disruption-budget.ts';
import { endpointSliceController } from './endpoint-slice.ts';
import type { AutoscalerContext } from './horizontal-pod-autoscaler.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { jobController } from './job.ts';
import { nodeLifecycleController } from './node-lifecycle.ts';
import { replicaSetController } from './replica-set.ts';
import { taintEvictionController } from './taint-eviction.ts';

/** Garbage collection, namespaces and service accounts are the API server's (`apiserver/`). */
const controllers = [
  deploymentController,
  replicaSetController,
  jobController,
  endpointSliceController,
  disruptionBudgetController,
  nodeLifecycleController,
  taintEvictionController,
];

/** The controller manager. Every controller works until the signal aborts. */
export function startControllers(
  options: Omit<ControllerContext, 'recorder'> & Pick<AutoscalerContext, 'usageOf'>,
): void {
  const { api, clock } = options;
  const context: AutoscalerContext = {
    ...options,
    recorder: (component) => createEventRecorder({ api, clock, component }),
  };
  for (const start of controllers) start(context);
  horizontalPodAutoscaler(context);
}
