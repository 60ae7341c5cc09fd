import { deepEqual, isObject } from '../json.ts';

/** A JSON patch that does not apply; the message says which operation and why. */
export class JsonPatchError extends Error {}

interface Operation {
  readonly op?: string;
  readonly path?: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** JSON patch (RFC 6902). Returns a new value and leaves the target alone. */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw new JsonPatchError('expected a list of operations');
  return operations.reduce<unknown>(
    (document, operation) => apply(document, operation as Operation),
    structuredClone(target),
  );
}

function apply(document: unknown, { op, path = '', from = '', value }: Operation): unknown {
  switch (op) {
    case 'add':
      return change(document, path, insertAt(structuredClone(value)));
    case 'remove':
      return change(document, path, removeAt);
    case 'replace':
      read(document, path);
      return change(document, path, replaceAt(structuredClone(value)));
    case 'move': {
      const moved = read(document, from);
      return change(change(document, from, removeAt), path, insertAt(moved));
    }
    case 'copy':
      return change(document, path, insertAt(structuredClone(read(document, from))));
    case 'test':
      if (!deepEqual(read(document, path), value)) {
        throw new JsonPatchError(`testing value ${path} failed: test failed`);
      }
      return document;
    default:
      throw new JsonPatchError(`unexpected kind: ${op}`);
  }
}

type Change = (parent: unknown, step: string, path: string) => void;

const insertAt =
  (value: unknown): Change =>
  (parent, step, path) => {
    if (Array.isArray(parent)) parent.splice(indexOf(parent, step, path, true), 0, value);
    else member(parent, path)[step] = value;
  };

const replaceAt =
  (value: unknown): Change =>
  (parent, step, path) => {
    if (Array.isArray(parent)) parent[indexOf(parent, step, path)] = value;
    else member(parent, path)[step] = value;
  };

const removeAt: Change = (parent, step, path) => {
  if (Array.isArray(parent)) parent.splice(indexOf(parent, step, path), 1);
  else if (!Object.hasOwn(member(parent, path), step)) throw missing(path);
  else delete member(parent, path)[step];
};

/** The whole document stands in a holder, so that an empty path is a step like any other. */
function change(document: unknown, path: string, action: Change): unknown {
  const holder = { document };
  const steps = ['document', ...stepsOf(path)];
  const last = steps.pop() ?? '';
  const parent = steps.reduce<unknown>((value, step) => stepInto(value, step, path), holder);
  action(parent, last, path);
  return holder.document;
}

function read(document: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>((value, step) => stepInto(value, step, path), document);
}

function stepInto(value: unknown, step: string, path: string): unknown {
  if (Array.isArray(value)) return value[indexOf(value, step, path)];
  if (!isObject(value) || !Object.hasOwn(value, step)) throw missing(path);
  return value[step];
}

function stepsOf(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw missing(path);
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function indexOf(list: readonly unknown[], step: string, path: string, inserting = false): number {
  if (inserting && step === '-') return list.length;
  const index = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : Number.NaN;
  if (!(index < list.length + (inserting ? 1 : 0))) throw missing(path);
  return index;
}

function member(parent: unknown, path: string): Record<string, unknown> {
  if (!isObject(parent)) throw missing(path);
  return parent;
}

function missing(path: string): JsonPatchError {
  return new JsonPatchError(`doc is missing path: ${path}: missing value`);
}
