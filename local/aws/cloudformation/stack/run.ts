import type { StackStatus } from '@aws-sdk/client-cloudformation';
import type { Scope } from '../template/intrinsics.ts';
import type { Engine } from './engine.ts';
import type { Model } from './model.ts';
import { createScope, zonesFor } from './scope.ts';
import type { Stack } from './stack.ts';
import { setStatus } from './stack.ts';

/** One operation on one stack while it runs. */
export interface Run {
  readonly engine: Engine;
  readonly stack: Stack;
  readonly model: Model;
  readonly scope: Scope;
  readonly imports: Set<string>;
  readonly token: string;
  /** Aborted at the first failure, to end the waits of what is under way. Calls themselves are never cut. */
  readonly cancel: AbortController;
}

export async function createRun(engine: Engine, stack: Stack, model: Model): Promise<Run> {
  const imports = new Set<string>();
  const scope = createScope({
    engine,
    stack,
    model,
    zones: await zonesFor(engine, model),
    see: (id) => stack.resources.get(id),
    imported: (name) => void imports.add(name),
  });
  const token = engine.context.random.uuid();
  return { engine, stack, model, scope, imports, token, cancel: new AbortController() };
}

export function tell(
  { engine, stack }: Pick<Run, 'engine' | 'stack'>,
  status: StackStatus,
  reason?: string,
): void {
  setStatus(stack, status, engine.context.clock.now(), engine.context.random.uuid(), reason);
}

/** "The following resource(s) failed to create: [A, B]. " */
export function failedTo(what: string, ids: Iterable<string>): string {
  const list = [...ids];
  return list.length === 0 ? '' : `The following resource(s) failed to ${what}: [${list.join(', ')}]. `;
}
