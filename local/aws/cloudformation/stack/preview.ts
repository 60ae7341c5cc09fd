import { isDeepStrictEqual } from 'node:util';
import type { Change } from '@aws-sdk/client-cloudformation';
import type { Engine } from './engine.ts';
import type { Model } from './model.ts';
import { changedProperties, evaluateProperties, mustReplace } from './properties.ts';
import { typeOf } from './resource-operations.ts';
import type { Seen } from './scope.ts';
import { createScope, evaluateOutputs, zonesFor } from './scope.ts';
import type { Stack } from './stack.ts';

export interface Preview {
  readonly changes: readonly Change[];
  /** False for "No updates are to be performed." */
  readonly any: boolean;
}

/** What going to a model would do, as far as it can be told without doing it. */
export async function preview(engine: Engine, stack: Stack, model: Model): Promise<Preview> {
  const seen = new Map<string, Seen>();
  const see = (id: string): Seen => seen.get(id);
  const scope = createScope({ engine, stack, model, see, zones: await zonesFor(engine, model) });
  const changes: Change[] = [];
  for (const id of model.needs.keys()) {
    const declaration = model.template.resources[id];
    if (!declaration) continue;
    const type = typeOf(declaration.Type);
    const existing = stack.resources.get(id);
    const live = existing && existing.status !== 'DELETE_COMPLETE' ? existing : undefined;
    const properties = evaluateProperties(type, declaration, scope, model.tags);
    const changed = changedProperties(live?.properties ?? {}, properties);
    const replaced = mustReplace(type, changed);
    seen.set(id, !live || replaced ? 'pending' : live);
    if (!live) changes.push(addition(id, type.type));
    else if (changed.size > 0) changes.push(modification(id, type.type, live.physicalId, changed, replaced));
  }
  for (const { logicalId, physicalId, type, status } of stack.resources.values())
    if (!model.needs.has(logicalId) && status !== 'DELETE_COMPLETE')
      changes.push(change('Remove', logicalId, type, { PhysicalResourceId: physicalId }));
  const any =
    changes.length > 0 ||
    !isDeepStrictEqual(evaluateOutputs(model, scope), stack.outputs) ||
    !isDeepStrictEqual(model.tags, stack.tags);
  return { changes, any };
}

function addition(id: string, type: string): Change {
  return change('Add', id, type, {});
}

function modification(
  id: string,
  type: string,
  physicalId: string | undefined,
  changed: ReadonlySet<string>,
  replaced: boolean,
): Change {
  const names = [...changed];
  return change('Modify', id, type, {
    PhysicalResourceId: physicalId,
    Replacement: replaced ? 'True' : 'False',
    Scope: [...new Set(names.map((name) => (name === 'Tags' ? 'Tags' : 'Properties')))],
    Details: names.map((Name) => ({
      Target: { Attribute: Name === 'Tags' ? 'Tags' : 'Properties', Name },
      Evaluation: 'Static',
      ChangeSource: 'DirectModification',
    })),
  });
}

function change(
  Action: 'Add' | 'Modify' | 'Remove',
  LogicalResourceId: string,
  ResourceType: string,
  more: Partial<NonNullable<Change['ResourceChange']>>,
): Change {
  return {
    Type: 'Resource',
    ResourceChange: { Action, LogicalResourceId, ResourceType, Scope: [], Details: [], ...more },
  };
}
