import { AwsError } from '../../service.ts';
import { exportsOf } from './engine.ts';
import type { Run } from './run.ts';
import { evaluateOutputs } from './scope.ts';

/** Puts the outputs and imports in force; gives the reason when they cannot be. */
export function putOutputs(run: Run): string | undefined {
  const { stack, model, scope, imports, engine } = run;
  try {
    const outputs = evaluateOutputs(model, scope);
    for (const { ExportName } of outputs) {
      const other = exportsOf(engine).find(
        ({ name, stack: owner }) => name === ExportName && owner.id !== stack.id,
      );
      if (other) return `Export with name ${ExportName} is already exported by stack ${other.stack.name}. `;
    }
    const lost = stack.outputs.find(
      ({ ExportName }) => ExportName && !outputs.some((output) => output.ExportName === ExportName),
    );
    if (lost?.ExportName) {
      const users = importersOf(run, lost.ExportName);
      if (users.length > 0) return inUse(lost.ExportName, users);
    }
    stack.outputs = outputs;
    stack.imports = new Set(imports);
    return undefined;
  } catch (error) {
    if (error instanceof AwsError) return `${error.message} `;
    throw error;
  }
}

export function importersOf({ engine }: Pick<Run, 'engine'>, exportName: string): string[] {
  return [...engine.stacks.values()]
    .filter(({ imports, status }) => imports.has(exportName) && status !== 'DELETE_COMPLETE')
    .map(({ name }) => name);
}

export function inUse(exportName: string, users: readonly string[]): string {
  return `Export ${exportName} cannot be deleted as it is in use by ${users.join(', ')}`;
}
