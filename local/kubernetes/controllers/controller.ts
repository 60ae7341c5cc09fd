import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubernetesApi } from '../api.ts';
import type { EventRecorder } from '../events.ts';

/** What every controller is given. It works until the signal aborts. */
export interface ControllerContext {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  recorder(component: string): EventRecorder;
}

export type Controller = (context: ControllerContext) => void;
