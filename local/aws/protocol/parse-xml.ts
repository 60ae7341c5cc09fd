import { InvalidInput } from './invalid-input.ts';

export interface XmlElement {
  /** Without its namespace prefix. */
  readonly name: string;
  /** As written, prefixes included: `xsi:type`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  text: string;
}

const maxDepth = 100;

/**
 * What AWS requests need of XML and no more: elements, attributes, text, CDATA, comments and the predefined
 * and numeric entities. A document type declaration is refused, so nothing can be expanded or fetched.
 */
export function parseXml(source: string): XmlElement {
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  let position = source.startsWith('\uFEFF') ? 1 : 0;
  while (position < source.length) {
    const token = nextToken(source, position);
    position += token[0].length;
    const parent = open.at(-1);
    const { text, cdata, end, start, attributes, empty } = token.groups ?? {};
    if (text !== undefined) addText(parent, decodeEntities(text));
    else if (cdata !== undefined) addText(parent, cdata);
    else if (end !== undefined) close(open.pop(), end);
    else if (start !== undefined) {
      const element = openElement(start, attributes ?? '');
      if (parent) parent.children.push(element);
      else if (root) throw malformed('more than one root element');
      else root = element;
      if (empty !== '/') open.push(element);
      if (open.length > maxDepth) throw malformed(`elements nested deeper than ${maxDepth}`);
    }
  }
  if (!root || open.length > 0)
    throw malformed(root ? `"${open.at(-1)?.name}" is not closed` : 'no root element');
  return root;
}

const name = '[A-Za-z_:][\\w:.-]*';
const attribute = `\\s+(?<name>${name})\\s*=\\s*(?:"(?<double>[^"<]*)"|'(?<single>[^'<]*)')`;
const tokenPattern = new RegExp(
  [
    '(?<text>[^<]+)',
    '<!\\[CDATA\\[(?<cdata>.*?)\\]\\]>',
    '<!--.*?-->',
    '<\\?.*?\\?>',
    `</(?<end>${name})\\s*>`,
    `<(?<start>${name})(?<attributes>(?:${attribute.replace(/\?<\w+>/g, '?:')})*)\\s*(?<empty>/?)>`,
  ].join('|'),
  'sy',
);
const attributePattern = new RegExp(attribute, 'g');

function nextToken(source: string, position: number): RegExpExecArray {
  tokenPattern.lastIndex = position;
  const token = tokenPattern.exec(source);
  if (!token) throw malformed(`unexpected "${source.slice(position, position + 20)}"`);
  return token;
}

function openElement(rawName: string, rawAttributes: string): XmlElement {
  const attributes = new Map<string, string>();
  for (const { groups } of rawAttributes.matchAll(attributePattern)) {
    attributes.set(groups?.name ?? '', decodeEntities(groups?.double ?? groups?.single ?? ''));
  }
  return { name: localName(rawName), attributes, children: [], text: '' };
}

function close(element: XmlElement | undefined, rawName: string): void {
  if (element?.name !== localName(rawName)) throw malformed(`unexpected end of "${rawName}"`);
}

function addText(parent: XmlElement | undefined, text: string): void {
  if (parent) parent.text += text;
  else if (text.trim() !== '') throw malformed('text outside the root element');
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{1,8}));|&/g, (match, decimal, hex, named) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : undefined;
    if (code !== undefined && code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
    if (named && Object.hasOwn(entities, named)) return entities[named] ?? match;
    throw malformed(`unknown entity "${match}"`);
  });
}

function localName(rawName: string): string {
  return rawName.slice(rawName.indexOf(':') + 1);
}

function malformed(reason: string): InvalidInput {
  return new InvalidInput('malformed', `Could not parse XML: ${reason}`);
}
