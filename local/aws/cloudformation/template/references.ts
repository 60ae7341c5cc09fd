import { splitAttribute } from './document.ts';
import { intrinsicOf, substitutedNames } from './intrinsics.ts';
import { isRecord } from './template.ts';

export interface Reference {
  readonly name: string;
  /** Absent for `Ref`. */
  readonly attribute?: string;
}

/** Every name that a value refers to. `chosen` says which branch of an `Fn::If` counts. */
export function referencesIn(value: unknown, chosen?: (condition: string) => boolean): Reference[] {
  if (Array.isArray(value)) return value.flatMap((item) => referencesIn(item, chosen));
  if (!isRecord(value)) return [];
  const call = intrinsicOf(value);
  if (call?.name === 'Ref') return [{ name: String(call.argument) }];
  if (call?.name === 'Fn::GetAtt') return [attributeReference(call.argument)];
  if (call?.name === 'Fn::If' && chosen && Array.isArray(call.argument)) {
    const [name, yes, no] = call.argument;
    return referencesIn(chosen(String(name)) ? yes : no, chosen);
  }
  const substituted = call?.name === 'Fn::Sub' ? substitutedNames(call.argument).map(reference) : [];
  return [...substituted, ...Object.values(value).flatMap((item) => referencesIn(item, chosen))];
}

/** True when an intrinsic of that name stands anywhere in the value. */
export function usesIntrinsic(value: unknown, name: string): boolean {
  if (Array.isArray(value)) return value.some((item) => usesIntrinsic(item, name));
  if (!isRecord(value)) return false;
  return name in value || Object.values(value).some((item) => usesIntrinsic(item, name));
}

function attributeReference(argument: unknown): Reference {
  const [name, attribute] = Array.isArray(argument) ? argument.map(String) : splitAttribute(String(argument));
  return { name: name ?? '', attribute: attribute ?? '' };
}

function reference(text: string): Reference {
  if (!text.includes('.')) return { name: text };
  const [name, attribute] = splitAttribute(text);
  return { name, attribute };
}
