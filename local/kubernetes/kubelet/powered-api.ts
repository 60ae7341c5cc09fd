import type { KubernetesApi } from '../api.ts';

/**
 * The API as a node reaches it while it has power. What a node without power still writes, because it was under way,
 * goes nowhere and is never answered: whoever waits for it died with the node.
 */
export function poweredApi(api: KubernetesApi, power: AbortSignal): KubernetesApi {
  const guard =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    (...args: Args): Promise<Result> =>
      power.aborted ? new Promise<Result>(() => undefined) : call(...args);
  return {
    get: (...args) => api.get(...args),
    list: (...args) => api.list(...args),
    watch: (...args) => api.watch(...args),
    create: guard(api.create) as KubernetesApi['create'],
    update: guard(api.update) as KubernetesApi['update'],
    patch: guard(api.patch) as KubernetesApi['patch'],
    delete: guard(api.delete),
  };
}
