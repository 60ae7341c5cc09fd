import { InvalidInput } from './invalid-input.ts';
import { membersOf, requiredMembers, type Shape } from './shape.ts';

export type Enums = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Everything wrong with an input is told at once, in the words of AWS's own validation. */
export function validateInput(shape: Shape, input: object, enums: Enums): void {
  const violations = [...structureViolations(shape, input as Record<string, unknown>, [], enums)];
  const [first] = violations;
  if (!first) return;
  const count = `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected`;
  const message = `${count}: ${violations.map(describe).join('; ')}`;
  throw new InvalidInput(first.missing ? 'missing' : 'constraint', message, first.path.join('.'));
}

interface Violation {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly constraint: string;
  readonly missing: boolean;
}

function* structureViolations(
  shape: Shape,
  value: Record<string, unknown>,
  path: readonly string[],
  enums: Enums,
): Generator<Violation> {
  const required = new Set(requiredMembers(shape));
  for (const [name, member] of membersOf(shape)) {
    const at = [...path, name];
    const found = value[name];
    if (found === undefined || found === null) {
      // The SDK makes up an idempotency token that is absent, and so may any caller.
      if (required.has(name) && !member.isIdempotencyToken()) {
        yield { path: at, value: null, constraint: 'Member must not be null', missing: true };
      }
      continue;
    }
    yield* enumViolations(enums[`${shape.getName()}.${name}`] ?? enums[name], found, at);
    yield* valueViolations(member, found, at, enums);
  }
}

function* valueViolations(
  shape: Shape,
  value: unknown,
  path: readonly string[],
  enums: Enums,
): Generator<Violation> {
  if (shape.isStructSchema())
    yield* structureViolations(shape, value as Record<string, unknown>, path, enums);
  else if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    for (const [i, entry] of (value as unknown[]).entries()) {
      if (entry !== null) yield* valueViolations(item, entry, [...path, `${i + 1}`, 'member'], enums);
    }
  } else if (shape.isMapSchema()) {
    const item = shape.getValueSchema();
    for (const [key, entry] of Object.entries(value as object)) {
      if (entry !== null) yield* valueViolations(item, entry, [...path, key, 'member'], enums);
    }
  }
}

function* enumViolations(
  allowed: Enums[string] | undefined,
  value: unknown,
  path: readonly string[],
): Generator<Violation> {
  if (!allowed) return;
  const set = Object.values(allowed);
  for (const entry of Array.isArray(value) ? value : [value]) {
    if (set.includes(entry)) continue;
    const constraint = `Member must satisfy enum value set: [${set.join(', ')}]`;
    yield { path, value: entry, constraint, missing: false };
  }
}

function describe({ path, value, constraint }: Violation): string {
  const shown = value === null ? 'null' : `'${String(value)}'`;
  return `Value ${shown} at '${path.map(lowerFirst).join('.')}' failed to satisfy constraint: ${constraint}`;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
