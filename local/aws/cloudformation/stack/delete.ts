import type { Engine } from './engine.ts';
import { importersOf, inUse } from './outputs.ts';
import { deleteResource } from './resource-operations.ts';
import { failedTo, tell } from './run.ts';
import type { Stack, StackResource } from './stack.ts';
import { reversed, walk } from './walk.ts';

export interface DeleteRun {
  readonly engine: Engine;
  readonly stack: Stack;
  readonly token: string;
  readonly cancel: AbortController;
}

/** `retain` names resources that are left alone: the way out after DELETE_FAILED. */
export async function deleteStack(run: DeleteRun, retain: readonly string[]): Promise<void> {
  const { stack, engine } = run;
  for (const { ExportName } of stack.outputs) {
    const users = ExportName ? importersOf(run, ExportName) : [];
    if (ExportName && users.length > 0) return tell(run, 'DELETE_FAILED', inUse(ExportName, users));
  }
  const failed = await deleteAll(run, ({ logicalId, deletionPolicy }) =>
    retain.includes(logicalId) ? 'Retain' : deletionPolicy,
  );
  if (failed.length > 0) return tell(run, 'DELETE_FAILED', failedTo('delete', failed));
  stack.deletedAt = engine.context.clock.now();
  stack.outputs = [];
  stack.imports = new Set();
  tell(run, 'DELETE_COMPLETE');
}

/** Takes away what the stack has, dependants first; gives the logical IDs of what would not go. */
export async function deleteAll(
  run: DeleteRun,
  policyOf: (record: StackResource) => string,
): Promise<string[]> {
  const gone = ['DELETE_COMPLETE', 'DELETE_SKIPPED'];
  const records = [...run.stack.resources.values()].filter(({ status }) => !gone.includes(status));
  return deleteRecords(run, records, (record) => ({ policy: policyOf(record), inForce: true }));
}

export async function deleteRecords(
  run: DeleteRun,
  records: readonly StackResource[],
  how: (record: StackResource) => { policy: string; inForce: boolean },
): Promise<string[]> {
  const byId = new Map(records.map((record) => [record.logicalId, record]));
  const needs = new Map(records.map(({ logicalId, needs }) => [logicalId, needs]));
  const visit = async (id: string): Promise<boolean> => {
    const record = byId.get(id);
    return !record || (await deleteResource(run, record, how(record))) !== 'failed';
  };
  const { failed, notBegun } = await walk(reversed(needs), visit, { onFailure: 'continue' });
  return [...failed, ...notBegun].filter((id) => failed.has(id));
}
