import { deleteRecords } from './delete.ts';
import { putOutputs } from './outputs.ts';
import { changedProperties, mustReplace } from './properties.ts';
import {
  createResource,
  desiredProperties,
  newRecord,
  typeOf,
  updateResource,
} from './resource-operations.ts';
import type { Run } from './run.ts';
import { failedTo, tell } from './run.ts';
import type { StackResource } from './stack.ts';
import { setResource } from './stack.ts';
import { walk } from './walk.ts';

/** Goes to the run's model; `putBack` puts the previous one back in force when that fails. */
export async function updateStack(run: Run, putBack: () => void): Promise<void> {
  const before = new Map([...run.stack.resources].filter(([, { status }]) => status !== 'DELETE_COMPLETE'));
  const { failed } = await walk(run.model.needs, (id) => reach(run, id, before.get(id)), {
    onFailure: 'stop',
    failed: () => run.cancel.abort(new Error('Another resource of the stack failed')),
  });
  const reason = failed.size > 0 ? failures(failed, before) : putOutputs(run);
  if (reason !== undefined) return rollBack(run, before, putBack, reason);
  tell(run, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  const stuck = await cleanUp(run, before);
  tell(
    run,
    'UPDATE_COMPLETE',
    stuck.length > 0 ? 'Update successful. One or more resources could not be deleted.' : undefined,
  );
}

/** Brings one resource to what the template wants, by the least that does it. */
async function reach(run: Run, id: string, existing: StackResource | undefined): Promise<boolean> {
  if (!existing) return createResource(run, id);
  const type = typeOf(existing.type);
  let after: StackResource;
  try {
    after = { ...existing, ...kept(run, id), properties: desiredProperties(run, id) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    setResource(run.stack, {
      ...existing,
      status: 'UPDATE_FAILED',
      reason,
      at: run.engine.context.clock.now(),
    });
    return false;
  }
  const changed = changedProperties(existing.properties, after.properties);
  if (changed.size === 0) {
    run.stack.resources.set(id, after);
    return true;
  }
  return mustReplace(type, changed) ? replace(run, existing, changed) : updateResource(run, existing, after);
}

/** What a template decides beside the properties. */
function kept(run: Run, id: string): Pick<StackResource, 'deletionPolicy' | 'updateReplacePolicy' | 'needs'> {
  const { deletionPolicy, updateReplacePolicy, needs } = newRecord(run, id, {});
  return { deletionPolicy, updateReplacePolicy, needs };
}

async function replace(run: Run, existing: StackResource, changed: ReadonlySet<string>): Promise<boolean> {
  const { logicalId: id } = existing;
  const at = run.engine.context.clock.now();
  const { nameProperty } = typeOf(existing.type);
  const name = nameProperty === undefined ? undefined : existing.properties[nameProperty];
  if (nameProperty !== undefined && name !== undefined && !changed.has(nameProperty)) {
    const reason = `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${String(name)} and update the stack again.`;
    setResource(run.stack, { ...existing, status: 'UPDATE_FAILED', reason, at });
    return false;
  }
  const reason = 'Requested update requires the creation of a new physical resource; hence creating one.';
  setResource(run.stack, { ...existing, status: 'UPDATE_IN_PROGRESS', reason, at });
  return createResource(run, id, 'UPDATE');
}

function failures(failed: ReadonlySet<string>, before: ReadonlyMap<string, StackResource>): string {
  const created = [...failed].filter((id) => !before.has(id));
  const updated = [...failed].filter((id) => before.has(id));
  return failedTo('create', created) + failedTo('update', updated);
}

/** Removes what the new template does not have and what was replaced. */
async function cleanUp(run: Run, before: ReadonlyMap<string, StackResource>): Promise<string[]> {
  const { stack, model } = run;
  const old = [...before.values()].filter(
    ({ logicalId, physicalId }) =>
      stack.resources.get(logicalId)?.physicalId !== physicalId || !model.needs.has(logicalId),
  );
  const stuck = await deleteRecords(run, old, ({ logicalId, deletionPolicy, updateReplacePolicy }) => {
    const removed = !model.needs.has(logicalId);
    return { policy: removed ? deletionPolicy : updateReplacePolicy, inForce: removed };
  });
  for (const { logicalId } of old) if (!model.needs.has(logicalId)) stack.resources.delete(logicalId);
  return stuck;
}

async function rollBack(
  run: Run,
  before: ReadonlyMap<string, StackResource>,
  putBack: () => void,
  reason: string,
): Promise<void> {
  tell(run, 'UPDATE_ROLLBACK_IN_PROGRESS', reason.trim());
  const back: Run = { ...run, cancel: new AbortController() };
  const needs = new Map([...before.values()].map(({ logicalId, needs }) => [logicalId, needs]));
  const made = [...run.stack.resources.values()].filter(
    ({ logicalId, physicalId }) =>
      physicalId !== undefined && before.get(logicalId)?.physicalId !== physicalId,
  );
  const { failed } = await walk(needs, (id) => revert(back, before.get(id)), { onFailure: 'continue' });
  putBack();
  if (failed.size > 0) return tell(run, 'UPDATE_ROLLBACK_FAILED', failedTo('update', failed).trim());
  tell(run, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
  await deleteRecords(back, made, ({ logicalId }) => ({ policy: 'Delete', inForce: !before.has(logicalId) }));
  for (const id of run.stack.resources.keys()) if (!before.has(id)) run.stack.resources.delete(id);
  tell(run, 'UPDATE_ROLLBACK_COMPLETE');
}

/** An update that failed half-way is undone like one that succeeded. */
async function revert(run: Run, before: StackResource | undefined): Promise<boolean> {
  if (!before) return true;
  const now = run.stack.resources.get(before.logicalId);
  const touched = now !== undefined && now.at !== before.at;
  const inPlace = touched && now.physicalId === before.physicalId;
  const changed = changedProperties(now?.properties ?? {}, before.properties);
  if (inPlace && changed.size > 0) return updateResource(run, now, before);
  const status = touched ? 'UPDATE_COMPLETE' : before.status;
  const record: StackResource = { ...before, status, at: run.engine.context.clock.now() };
  if (touched) setResource(run.stack, record);
  else run.stack.resources.set(before.logicalId, before);
  return true;
}
