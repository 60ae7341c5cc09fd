import { isDeepStrictEqual } from 'node:util';
import type { Tag } from '@aws-sdk/client-cloudformation';
import { InvalidProperty } from '../resources/input.ts';
import type { Properties, ResourceType } from '../resources/resource-type.ts';
import { tagList } from '../resources/tags.ts';
import type { Scope } from '../template/intrinsics.ts';
import { evaluate } from '../template/intrinsics.ts';
import type { ResourceDeclaration } from '../template/template.ts';

/** A resource's properties as they are meant now, with the stack's tags added where the type has tags. */
export function evaluateProperties(
  type: ResourceType,
  declaration: ResourceDeclaration,
  scope: Scope,
  stackTags: readonly Tag[],
): Properties {
  const properties = evaluate(declaration.Properties ?? {}, scope) as Properties;
  if (!type.tags || stackTags.length === 0) return properties;
  const merged = new Map(stackTags.map(({ Key, Value }) => [String(Key), String(Value)]));
  for (const { Key, Value } of tagList(properties)) merged.set(Key, Value);
  const list = [...merged].map(([Key, Value]) => ({ Key, Value }));
  return { ...properties, Tags: type.tags === 'map' ? Object.fromEntries(merged) : list };
}

export function checkProperties(type: ResourceType, properties: Properties): void {
  const extraneous = Object.keys(properties).find((name) => !(name in type.properties));
  if (extraneous !== undefined)
    throw new InvalidProperty(`#: extraneous key [${extraneous}] is not permitted`);
  const missing = (type.required ?? []).find((name) => properties[name] === undefined);
  if (missing !== undefined) throw new InvalidProperty(`#: required key [${missing}] not found`);
}

export function changedProperties(before: Properties, after: Properties): Set<string> {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return new Set([...names].filter((name) => !isDeepStrictEqual(before[name], after[name])));
}

export function mustReplace(type: ResourceType, changed: ReadonlySet<string>): boolean {
  return [...changed].some((name) => type.properties[name] === 'replace');
}
