import { debuglog } from 'node:util';
import { InvalidProperty } from '../resources/input.ts';
import { resourceTypes } from '../resources/list.ts';
import type { Properties, ResourceType } from '../resources/resource-type.ts';
import { invalid } from '../template/template.ts';
import { resolveDynamicReferences } from './dynamic-references.ts';
import { failureReason } from './failure.ts';
import { changedProperties, checkProperties, evaluateProperties } from './properties.ts';
import type { Run } from './run.ts';
import type { StackResource } from './stack.ts';
import { setResource, tellResource } from './stack.ts';
import { createTools } from './tools.ts';

const log = debuglog('stormproof:cloudformation');

export function typeOf(name: string): ResourceType {
  const type = resourceTypes.get(name);
  if (!type) throw invalid(`Template format error: Unrecognized resource types: [${name}]`);
  return type;
}

/** What the template wants of a resource now that everything it needs is there. */
export function desiredProperties(run: Run, id: string): Properties {
  const declaration = declarationOf(run, id);
  return evaluateProperties(typeOf(declaration.Type), declaration, run.scope, run.model.tags);
}

export function declarationOf({ model }: Run, id: string) {
  const declaration = model.template.resources[id];
  if (!declaration) throw new TypeError(`Cannot find the resource "${id}" in the template`);
  return declaration;
}

/** The first record of a resource, before anything is made. */
export function newRecord(run: Run, id: string, properties: Properties): StackResource {
  const { Type, DeletionPolicy, UpdateReplacePolicy = 'Delete' } = declarationOf(run, id);
  return {
    logicalId: id,
    type: Type,
    status: 'CREATE_IN_PROGRESS',
    at: run.engine.context.clock.now(),
    properties,
    attributes: {},
    deletionPolicy: String(DeletionPolicy ?? typeOf(Type).deletionPolicy ?? 'Delete'),
    updateReplacePolicy: String(UpdateReplacePolicy),
    needs: run.model.needs.get(id) ?? [],
  };
}

/**
 * Makes the resource and puts its record in force; false when it failed, with the reason in its record. Events say
 * `CREATE_…` for a new resource and `UPDATE_…` for one that replaces another.
 */
export async function createResource(
  run: Run,
  id: string,
  verb: 'CREATE' | 'UPDATE' = 'CREATE',
): Promise<boolean> {
  const type = typeOf(declarationOf(run, id).Type);
  let record = newRecord(run, id, {});
  const put = (change: Partial<StackResource>): void => {
    record = { ...record, reason: undefined, ...change, at: run.engine.context.clock.now() };
    setResource(run.stack, record);
  };
  try {
    record = { ...record, properties: desiredProperties(run, id) };
    if (verb === 'CREATE') put({ status: 'CREATE_IN_PROGRESS' });
    checkProperties(type, record.properties);
    const properties = await resolveDynamicReferences(run.engine, type, record.properties);
    const tools = createTools({
      ...run,
      logicalId: id,
      cancelled: run.cancel.signal,
      identify: (physicalId) =>
        put({ physicalId, status: `${verb}_IN_PROGRESS`, reason: 'Resource creation Initiated' }),
    });
    await type.create(properties, tools);
    const attributes = (await type.read?.(record.physicalId ?? '', tools, properties)) ?? {};
    put({ attributes, status: `${verb}_COMPLETE` });
    return true;
  } catch (error) {
    put({ status: `${verb}_FAILED`, reason: reasonOf(run, error, type, id, 'Resource creation cancelled') });
    return false;
  }
}

/** Changes the resource in place; false when that failed. `after` is the record that will be in force. */
export async function updateResource(
  run: Run,
  before: StackResource,
  after: StackResource,
): Promise<boolean> {
  const type = typeOf(after.type);
  const put = (change: Partial<StackResource>): void =>
    setResource(run.stack, { ...after, ...change, at: run.engine.context.clock.now() });
  put({ status: 'UPDATE_IN_PROGRESS' });
  try {
    checkProperties(type, after.properties);
    const changed = changedProperties(before.properties, after.properties);
    refuseFixed(type, changed);
    const tools = createTools({ ...run, logicalId: after.logicalId, cancelled: run.cancel.signal });
    const id = before.physicalId ?? '';
    await type.update?.({ id, changed, ...(await bothResolved(run, type, before, after)) }, tools);
    const attributes = (await type.read?.(id, tools, after.properties)) ?? {};
    put({ attributes, status: 'UPDATE_COMPLETE' });
    return true;
  } catch (error) {
    const reason = reasonOf(run, error, type, after.logicalId, 'Resource update cancelled');
    put({ status: 'UPDATE_FAILED', reason });
    return false;
  }
}

async function bothResolved(run: Run, type: ResourceType, before: StackResource, after: StackResource) {
  const [old, wanted] = await Promise.all(
    [before, after].map(({ properties }) => resolveDynamicReferences(run.engine, type, properties)),
  );
  return { before: old ?? {}, after: wanted ?? {} };
}

/** AWS changes these without interruption; a refusal is better than a pretended change. */
function refuseFixed(type: ResourceType, changed: ReadonlySet<string>): void {
  const fixed = [...changed].find((name) => type.properties[name] === 'fixed');
  if (fixed !== undefined) throw new InvalidProperty(`#: updates to key [${fixed}] are not supported here`);
}

export type Deletion = 'deleted' | 'kept' | 'failed';

/**
 * Takes the resource away as its policy says. `inForce` is false for one that another took the place of: only the
 * event then tells of it.
 */
export async function deleteResource(
  run: Omit<Run, 'model' | 'scope' | 'imports'>,
  record: StackResource,
  { policy, inForce }: { policy: string; inForce: boolean },
): Promise<Deletion> {
  const type = typeOf(record.type);
  const put = (change: Partial<StackResource>): void => {
    const next = { ...record, reason: undefined, ...change, at: run.engine.context.clock.now() };
    if (inForce) setResource(run.stack, next);
    else tellResource(run.stack, next);
  };
  if (policy === 'Retain' || policy === 'RetainExceptOnCreate') {
    put({ status: 'DELETE_SKIPPED' });
    return 'kept';
  }
  put({ status: 'DELETE_IN_PROGRESS' });
  try {
    const tools = createTools({ ...run, logicalId: record.logicalId, snapshot: policy === 'Snapshot' });
    if (record.physicalId !== undefined) await type.delete(record.physicalId, tools, record.properties);
    put({ status: 'DELETE_COMPLETE' });
    return 'deleted';
  } catch (error) {
    log('%s: %o', record.logicalId, error);
    put({ status: 'DELETE_FAILED', reason: failureReason(error, type, record.logicalId, run.token) });
    return 'failed';
  }
}

function reasonOf(run: Run, error: unknown, type: ResourceType, id: string, cancelled: string): string {
  log('%s: %o', id, error);
  return run.cancel.signal.aborted && error === run.cancel.signal.reason
    ? cancelled
    : failureReason(error, type, id, run.token);
}
