import type { V1Pod } from '@kubernetes/client-node';
import { collectionOf } from '../conversions.ts';
import { formatTime } from '../instants.ts';
import { readObject } from '../read-object.ts';
import type { ApiState, Request } from '../request.ts';
import { conflict } from '../status.ts';
import { liveObject } from '../write.ts';

/** Gives a pod its node, as a scheduler does. */
export function bindPod(state: ApiState, request: Request, name: string, body: unknown): void {
  const binding = readObject(request, body, { group: '', version: 'v1', kind: 'Binding' });
  const target = (binding.target as { name?: string } | undefined)?.name ?? '';
  const live = liveObject(state, request, name);
  const draft = structuredClone(live) as unknown as V1Pod;
  if (draft.spec?.nodeName) {
    throw conflict(
      request.resource,
      name,
      `pod ${name} is already assigned to node "${draft.spec.nodeName}"`,
    );
  }
  if (live.metadata.deletionTimestamp) {
    throw conflict(request.resource, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  const lastTransitionTime = formatTime(state.clock.now()) as unknown as Date;
  const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime };
  const others = (draft.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  Object.assign(draft, {
    spec: { ...draft.spec, nodeName: target },
    status: { ...draft.status, conditions: [...others, scheduled] },
  });
  if (!request.dryRun) state.store.put(collectionOf(request.resource), draft as unknown as typeof live);
}
