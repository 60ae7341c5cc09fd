import { cidrBlocks } from './cidr.ts';
import { splitAttribute } from './document.ts';
import { invalid, isRecord } from './template.ts';

/** What names mean where a value is evaluated. */
export interface Scope {
  /** A parameter, pseudo parameter or resource. */
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  condition(name: string): boolean;
  mapped(map: string, top: string, second: string): unknown;
  exported(name: string): string;
  zones(region: string): readonly string[];
}

/** Takes itself out of the list or object that holds it (`AWS::NoValue`). */
export const noValue: unique symbol = Symbol('AWS::NoValue');

/** Stands in a preview for what only creating the resource will tell; the text is CloudFormation's own. */
export const knownAfterApply = '{{changeSet:KNOWN_AFTER_APPLY}}';

export function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value))
    return value.map((item) => evaluate(item, scope)).filter((item) => item !== noValue);
  if (!isRecord(value)) return value;
  const call = intrinsicOf(value);
  if (call) return call.run(call.argument, scope);
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, evaluate(item, scope)]);
  return Object.fromEntries(entries.filter(([, item]) => item !== noValue));
}

export function evaluateCondition(value: unknown, scope: Scope): boolean {
  const result = evaluate(value, scope);
  if (typeof result === 'boolean') return result;
  if (result === 'true' || result === 'false') return result === 'true';
  throw invalid('Template format error: Every Conditions member must be a boolean function.');
}

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

/** An object with one key that names an intrinsic, and what runs it. */
export function intrinsicOf(
  value: Record<string, unknown>,
): { name: string; argument: unknown; run: Intrinsic } | undefined {
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0) return undefined;
  const run = intrinsics[name];
  if (run) return { name, argument: value[name], run };
  if (name.startsWith('Fn::')) throw invalid(`Template format error: Unresolved function ${name}`);
  return undefined;
}

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope) => scope.ref(String(argument)),
  Condition: (argument, scope) => {
    // A policy statement's own "Condition" is an object; only the template's is a name.
    if (typeof argument === 'string') return scope.condition(argument);
    return { Condition: evaluate(argument, scope) };
  },
  'Fn::GetAtt': (argument, scope) => scope.attribute(...attributeOf(argument, scope)),
  'Fn::Sub': substitute,
  'Fn::Join': join,
  'Fn::Select': select,
  'Fn::Split': split,
  'Fn::If': (argument, scope) => {
    const [name, yes, no] = list(argument, 'Fn::If', 3);
    return evaluate(scope.condition(String(name)) ? yes : no, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(argument, 'Fn::Equals', 2).map((item) => evaluate(item, scope));
    return sameText(left, right);
  },
  'Fn::Not': (argument, scope) => !evaluateCondition(list(argument, 'Fn::Not', 1)[0], scope),
  'Fn::And': (argument, scope) =>
    operands(argument, 'Fn::And').every((item) => evaluateCondition(item, scope)),
  'Fn::Or': (argument, scope) => operands(argument, 'Fn::Or').some((item) => evaluateCondition(item, scope)),
  'Fn::FindInMap': (argument, scope) => {
    const [map, top, second] = list(argument, 'Fn::FindInMap', 3).map((item) =>
      String(evaluate(item, scope)),
    );
    return scope.mapped(map ?? '', top ?? '', second ?? '');
  },
  'Fn::ImportValue': (argument, scope) => scope.exported(String(evaluate(argument, scope))),
  'Fn::GetAZs': (argument, scope) => [...scope.zones(String(evaluate(argument, scope)))],
  'Fn::Base64': (argument, scope) => Buffer.from(String(evaluate(argument, scope))).toString('base64'),
  'Fn::Cidr': (argument, scope) => {
    const values = Array.isArray(argument) ? argument.map((item) => evaluate(item, scope)) : [];
    const [block, count, bits = 8] = values;
    if (block === undefined || count === undefined || values.length > 3)
      throw invalid('Template error: every Fn::Cidr object requires two or three parameters');
    return block === knownAfterApply
      ? knownAfterApply
      : cidrBlocks(String(block), Number(count), Number(bits));
  },
};

function attributeOf(argument: unknown, scope: Scope): [string, string] {
  if (typeof argument === 'string') return splitAttribute(argument);
  const [id, name] = list(argument, 'Fn::GetAtt', 2);
  return [String(id), String(evaluate(name, scope))];
}

const placeholder = /\$\{(!?)([^}]*)\}/g;

function substitute(argument: unknown, scope: Scope): string {
  const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
  if (typeof text !== 'string' || !isRecord(own))
    throw invalid(
      "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
    );
  return text.replace(placeholder, (_whole, literal: string, inner: string) => {
    if (literal) return `\${${inner}}`;
    const name = inner.trim();
    if (name in own) return String(evaluate(own[name], scope));
    const value = name.includes('.') ? scope.attribute(...splitAttribute(name)) : scope.ref(name);
    return String(value);
  });
}

/** The names that `Fn::Sub` asks its scope for. */
export function substitutedNames(argument: unknown): string[] {
  const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
  const names = [...String(text).matchAll(placeholder)].filter(([, literal]) => !literal);
  return names.map(([, , name]) => (name ?? '').trim()).filter((name) => !(isRecord(own) && name in own));
}

function join(argument: unknown, scope: Scope): string {
  const [separator, items] = list(argument, 'Fn::Join', 2);
  const values = evaluate(items, scope);
  if (values === knownAfterApply) return knownAfterApply;
  if (typeof separator !== 'string' || !Array.isArray(values))
    throw invalid(
      'Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
    );
  return values.map(String).join(separator);
}

function select(argument: unknown, scope: Scope): unknown {
  const [index, items] = list(argument, 'Fn::Select', 2).map((item) => evaluate(item, scope));
  if (items === knownAfterApply) return knownAfterApply;
  if (!Array.isArray(items))
    throw invalid(
      'Template error: Fn::Select requires a list argument with two elements: an integer index and a list',
    );
  if (items[0] === knownAfterApply && items.length === 1) return knownAfterApply;
  const item: unknown = items[Number(index)];
  if (item === undefined)
    throw invalid(`Template error: Fn::Select cannot select nonexistent value at index ${String(index)}`);
  return item;
}

function split(argument: unknown, scope: Scope): unknown {
  const [separator, text] = list(argument, 'Fn::Split', 2).map((item) => evaluate(item, scope));
  if (text === knownAfterApply) return knownAfterApply;
  return String(text).split(String(separator));
}

function list(argument: unknown, name: string, length: number): readonly unknown[] {
  if (Array.isArray(argument) && argument.length === length) return argument;
  throw invalid(
    `Template error: every ${name} object requires ${length === 1 ? 'one parameter' : `${length} parameters`}`,
  );
}

function operands(argument: unknown, name: string): readonly unknown[] {
  if (Array.isArray(argument) && argument.length >= 2 && argument.length <= 10) return argument;
  throw invalid(
    `Template validation error: Template error: every ${name} object requires a list of at least 2 and at most 10 boolean parameters.`,
  );
}

function sameText(left: unknown, right: unknown): boolean {
  if (typeof left === 'object' || typeof right === 'object')
    return JSON.stringify(left) === JSON.stringify(right);
  return String(left) === String(right);
}
