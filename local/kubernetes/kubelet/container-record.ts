import type { V1Container, V1ContainerState, V1ContainerStatus } from '@kubernetes/client-node';
import { stamp } from '../timestamps.ts';
import type { ContainerView } from './pod-status.ts';

/** What the kubelet reports of a container. */
export class ContainerRecord {
  imageID = '';
  containerID = '';
  restartCount = 0;
  started = false;
  ready = false;
  readonly #spec: V1Container;
  readonly #changed: () => void;
  #state: V1ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #lastState: V1ContainerState = {};

  constructor(spec: V1Container, changed: () => void) {
    this.#spec = spec;
    this.#changed = changed;
  }

  setState(next: V1ContainerState): void {
    if (this.#state.terminated && !next.terminated) this.#lastState = { terminated: this.#state.terminated };
    this.#state = next;
    this.#changed();
  }

  setReady(ready: boolean): void {
    if (this.ready === ready) return;
    this.ready = ready;
    this.#changed();
  }

  /**
   * Goes on from what the API shows after the node rebooted, and gives the exit code of the last run, undefined when
   * there was none. Of a run that the reboot ended containerd knows code 255 and the reason Unknown.
   */
  takeOver(earlier: V1ContainerStatus, now: Date): number | undefined {
    const { running, terminated } = earlier.state ?? {};
    this.imageID = earlier.imageID;
    this.containerID = earlier.containerID ?? '';
    this.restartCount = earlier.restartCount;
    this.#lastState = earlier.lastState ?? {};
    const lost = running && {
      exitCode: 255,
      reason: 'Unknown',
      startedAt: running.startedAt,
      finishedAt: stamp(now),
      containerID: this.containerID,
    };
    const end = terminated ?? lost;
    if (end) this.#state = { terminated: end };
    return end?.exitCode ?? this.#lastState.terminated?.exitCode;
  }

  view(): ContainerView {
    const { imageID, containerID, restartCount, started, ready } = this;
    return {
      name: this.#spec.name,
      image: this.#spec.image ?? '',
      imageID,
      containerID,
      restartCount,
      state: this.#state,
      lastState: this.#lastState,
      started,
      ready: this.#state.running !== undefined && started && ready,
    };
  }
}
