import { collectionOf, storedAs } from './conversions.ts';
import { formatTime } from './instants.ts';
import type { ApiObject } from './json.ts';
import type { ApiState, Request } from './request.ts';
import type { ServedResource } from './resources.ts';
import { badRequest, conflict } from './status.ts';
import { liveObject, mayGo } from './write.ts';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface Deleted {
  readonly object: ApiObject;
  /** False while a finalizer or a grace period still holds the object. */
  readonly gone: boolean;
}

/** Marks an object for deletion, or removes it when nothing holds it. */
export function deleteObject(
  state: ApiState,
  request: Request,
  name: string,
  options: DeleteOptions,
): Deleted {
  const resource = storedAs(request.resource);
  const live = liveObject(state, request, name);
  checkPreconditions(resource, live, options);
  const finalizers = finalizersFor(request, live, options);
  const grace = gracePeriod(live, options);
  const marked = mark(state, live, grace, finalizers);
  if (request.dryRun) return { object: marked, gone: mayGo(marked) };
  if (mayGo(marked)) return { object: state.store.remove(collectionOf(resource), marked), gone: true };
  if (marked === live) return { object: live, gone: false };
  return { object: state.store.put(collectionOf(resource), marked), gone: false };
}

function checkPreconditions(
  resource: ServedResource,
  live: ApiObject,
  { preconditions }: DeleteOptions,
): void {
  const { name, uid, resourceVersion } = live.metadata;
  if (preconditions?.uid && preconditions.uid !== uid) {
    const message = `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`;
    throw conflict(resource, name, message);
  }
  if (preconditions?.resourceVersion && preconditions.resourceVersion !== resourceVersion) {
    const message = `Precondition failed: ResourceVersion in precondition: ${preconditions.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`;
    throw conflict(resource, name, message);
  }
}

const policyFinalizers = { Foreground: 'foregroundDeletion', Orphan: 'orphan' } as const;
type Policy = keyof typeof policyFinalizers | 'Background';

/** The garbage collector's finalizers say how dependents are treated; the policy of this call replaces an earlier one. */
function finalizersFor(request: Request, live: ApiObject, options: DeleteOptions): readonly string[] {
  const policy = readPolicy(request, options);
  const all: readonly string[] = live.metadata.finalizers ?? [];
  if (policy === undefined) return all;
  const others = all.filter((name) => !Object.values<string>(policyFinalizers).includes(name));
  return policy === 'Background' ? others : [...others, policyFinalizers[policy]];
}

function readPolicy({ resource, warn }: Request, options: DeleteOptions): Policy | undefined {
  const { propagationPolicy, orphanDependents } = options;
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    throw badRequest('orphanDependents and deletionPropagation cannot be both set');
  }
  if (orphanDependents !== undefined) return orphanDependents ? 'Orphan' : 'Background';
  if (propagationPolicy === undefined && resource.group === 'batch' && resource.plural === 'jobs') {
    warn(
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
    );
    return 'Orphan';
  }
  if (propagationPolicy === undefined) return undefined;
  if (propagationPolicy === 'Background' || propagationPolicy in policyFinalizers) {
    return propagationPolicy as Policy;
  }
  throw badRequest(
    `invalid propagationPolicy: Unsupported value: "${propagationPolicy}": supported values: "Foreground", "Background", "Orphan"`,
  );
}

/** Only a pod that a node runs has time to end; a finished one has nothing left to do (pod strategy, CheckGracefulDelete). */
function gracePeriod(live: ApiObject, { gracePeriodSeconds }: DeleteOptions): number {
  if (live.kind !== 'Pod') return 0;
  const { nodeName, terminationGracePeriodSeconds } = live.spec ?? {};
  const phase = live.status?.phase;
  if (!nodeName || phase === 'Failed' || phase === 'Succeeded') return 0;
  const asked = gracePeriodSeconds ?? (terminationGracePeriodSeconds as number | undefined) ?? 30;
  const current = live.metadata.deletionGracePeriodSeconds;
  return current === undefined ? Math.max(0, asked) : Math.min(current, Math.max(0, asked));
}

function mark(state: ApiState, live: ApiObject, grace: number, finalizers: readonly string[]): ApiObject {
  const { metadata } = live;
  const same =
    metadata.deletionTimestamp !== undefined &&
    metadata.deletionGracePeriodSeconds === grace &&
    finalizers.join() === (metadata.finalizers ?? []).join();
  if (same) return live;
  const draft = structuredClone(live);
  // A real instant: the pod is gone by then, so the grace period counts as the stack's clock runs.
  const end = new Date(state.clock.now().getTime() + state.clock.toWallMs(grace * 1000));
  if (metadata.deletionTimestamp === undefined || metadata.deletionGracePeriodSeconds !== grace) {
    draft.metadata.deletionTimestamp = formatTime(end);
    draft.metadata.deletionGracePeriodSeconds = grace;
    if (metadata.generation) draft.metadata.generation = metadata.generation + 1;
  }
  if (finalizers.length > 0) draft.metadata.finalizers = [...finalizers];
  else delete draft.metadata.finalizers;
  if (draft.kind === 'Namespace') draft.status = { ...draft.status, phase: 'Terminating' };
  return draft;
}
