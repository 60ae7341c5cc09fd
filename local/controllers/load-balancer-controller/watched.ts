import { setTimeout as wait } from 'node:timers/promises';
import type {
  Informer,
  KubeConfig,
  KubernetesListObject,
  KubernetesObject,
  ObjectCache,
} from '@kubernetes/client-node';
import { ADD, CHANGE, DELETE, ERROR, makeInformer } from '@kubernetes/client-node';

/** A list and watch whose cache is read; `onChange` is called for every change. */
export interface Watched<T extends KubernetesObject> {
  list(): readonly T[];
}

export async function watched<T extends KubernetesObject>(
  config: KubeConfig,
  path: string,
  list: () => Promise<KubernetesListObject<T>>,
  onChange: () => void,
  signal: AbortSignal,
): Promise<Watched<T>> {
  const informer: Informer<T> & ObjectCache<T> = makeInformer(config, path, list);
  for (const event of [ADD, CHANGE, DELETE] as const) informer.on(event, onChange);
  informer.on(ERROR, () => void restart(informer, signal));
  await informer.start();
  signal.addEventListener('abort', () => void informer.stop(), { once: true });
  return { list: () => informer.list() };
}

const backOffWallMs = 200;

/** A watch that ended with an error is started again, as client-go's reflector does. */
async function restart<T extends KubernetesObject>(
  informer: Informer<T>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await wait(backOffWallMs, undefined, { signal });
    await informer.start();
  } catch (error) {
    if (!signal.aborted) void restart(informer, signal);
    else if (error !== signal.reason && !(error instanceof Error && error.name === 'AbortError')) throw error;
  }
}
