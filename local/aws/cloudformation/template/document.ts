import type { Document } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { AwsError } from '../../service.ts';

/**
 * Reads a template body, YAML or JSON (which YAML contains), as plain data. Short forms become their long forms:
 * `!Sub x` is `{ 'Fn::Sub': x }` (AWS CloudFormation User Guide, Intrinsic function reference).
 */
export function readDocument(body: string): unknown {
  const document = parseDocument(body, { version: '1.2', schema: 'core', logLevel: 'silent' });
  const [error] = document.errors;
  if (error) {
    const [start] = error.linePos ?? [{ line: 0, col: 0 }];
    throw new AwsError(
      'ValidationError',
      `Template format error: YAML not well-formed. (line ${start.line}, column ${start.col})`,
    );
  }
  return plain(document.contents, document);
}

function plain(node: unknown, document: Document): unknown {
  if (isAlias(node)) return plain(node.resolve(document), document);
  if (isScalar(node)) return tagged(node.tag, node.value);
  if (isSeq(node))
    return tagged(
      node.tag,
      node.items.map((item) => plain(item, document)),
    );
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }): [string, unknown] => [
      String(plain(key, document)),
      plain(value, document),
    ]);
    return tagged(node.tag, Object.fromEntries(entries));
  }
  return null;
}

const shortForms = new Set([
  '!And',
  '!Base64',
  '!Cidr',
  '!Condition',
  '!Equals',
  '!FindInMap',
  '!GetAtt',
  '!GetAZs',
  '!If',
  '!ImportValue',
  '!Join',
  '!Not',
  '!Or',
  '!Ref',
  '!Select',
  '!Split',
  '!Sub',
]);

function tagged(tag: string | undefined, value: unknown): unknown {
  if (tag === undefined || tag.startsWith('tag:yaml.org,2002:')) return value;
  if (!shortForms.has(tag))
    throw new AwsError('ValidationError', `Template format error: Unsupported tag "${tag}" in the template`);
  const name = tag.slice(1);
  if (name === 'Ref' || name === 'Condition') return { [name]: value };
  if (name === 'GetAtt' && typeof value === 'string') return { 'Fn::GetAtt': splitAttribute(value) };
  return { [`Fn::${name}`]: value };
}

/** `Database.Endpoint.Address` names the attribute `Endpoint.Address`. */
export function splitAttribute(text: string): [string, string] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
}
