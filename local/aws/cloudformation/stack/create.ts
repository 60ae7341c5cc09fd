import { deleteAll } from './delete.ts';
import { putOutputs } from './outputs.ts';
import { createResource } from './resource-operations.ts';
import type { Run } from './run.ts';
import { failedTo, tell } from './run.ts';
import { walk } from './walk.ts';

/** Makes everything; on failure does what the stack was told to do. */
export async function createStack(run: Run): Promise<void> {
  const { failed } = await walk(run.model.needs, (id) => createResource(run, id), {
    onFailure: 'stop',
    failed: () => run.cancel.abort(new Error('Another resource of the stack failed')),
  });
  const reason = failed.size > 0 ? failedTo('create', failed) : putOutputs(run);
  if (reason === undefined) tell(run, 'CREATE_COMPLETE');
  else await giveUp(run, reason);
}

async function giveUp(run: Run, reason: string): Promise<void> {
  switch (run.stack.onFailure) {
    case 'DO_NOTHING':
      return tell(run, 'CREATE_FAILED', reason.trim());
    case 'DELETE':
      tell(run, 'DELETE_IN_PROGRESS', `${reason}Delete requested by user.`);
      return finish(run, 'DELETE_COMPLETE', 'DELETE_FAILED');
    default:
      tell(run, 'ROLLBACK_IN_PROGRESS', `${reason}Rollback requested by user.`);
      return finish(run, 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED');
  }
}

async function finish(
  run: Run,
  good: 'ROLLBACK_COMPLETE' | 'DELETE_COMPLETE',
  bad: 'ROLLBACK_FAILED' | 'DELETE_FAILED',
): Promise<void> {
  const failed = await deleteAll(run, (record) => {
    // A snapshot of what never came to be has nothing in it; RetainExceptOnCreate excepts this very case.
    const { deletionPolicy: policy, status } = record;
    return policy === 'Retain' || (policy === 'Snapshot' && status === 'CREATE_COMPLETE') ? policy : 'Delete';
  });
  if (good === 'DELETE_COMPLETE' && failed.length === 0) run.stack.deletedAt = run.engine.context.clock.now();
  tell(run, failed.length === 0 ? good : bad, failed.length === 0 ? undefined : failedTo('delete', failed));
}
