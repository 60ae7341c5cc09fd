import { writeScalar } from './scalar.ts';
import { membersOf, type Shape } from './shape.ts';

export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** An element named `tag` around content that is already XML. */
export function element(tag: string, content: string, attributes: readonly string[] = []): string {
  return `<${[tag, ...attributes].join(' ')}>${content}</${tag}>`;
}

/** An element that holds text. */
export function textElement(tag: string, text: string): string {
  return element(tag, escapeText(text));
}

export function xmlnsAttribute(namespace: string | undefined): string[] {
  return namespace ? [`xmlns="${escapeAttribute(namespace)}"`] : [];
}

/** `value` as one element. `take` leaves out members that travel in headers or the status. */
export function writeXml(
  shape: Shape,
  tag: string,
  value: unknown,
  attributes: readonly string[] = [],
  take: (member: Shape) => boolean = () => true,
): string {
  if (shape.isStructSchema()) {
    const record = value as Record<string, unknown>;
    const own = [...attributes, ...attributesOf(shape, record)];
    return element(tag, writeXmlMembers(shape, record, take), own);
  }
  if (shape.isListSchema()) return element(tag, writeItems(shape, value, itemTag(shape)), attributes);
  if (shape.isMapSchema()) return element(tag, writeEntries(shape, value, 'entry'), attributes);
  return element(tag, escapeText(writeScalar(shape, value, 'date-time')), attributes);
}

/** The content of a structure without an element around it. */
export function writeXmlMembers(
  shape: Shape,
  value: Record<string, unknown>,
  take: (member: Shape) => boolean = () => true,
): string {
  return membersOf(shape)
    .filter(([name, member]) => value[name] !== undefined && value[name] !== null && take(member))
    .filter(([, member]) => !member.getMergedTraits().xmlAttribute)
    .map(([name, member]) => writeMember(name, member, value[name]))
    .join('');
}

function writeMember(name: string, member: Shape, value: unknown): string {
  const { xmlFlattened } = member.getMergedTraits();
  const tag = member.getMemberTraits().xmlName ?? name;
  if (xmlFlattened && member.isListSchema()) return writeItems(member, value, tag);
  if (xmlFlattened && member.isMapSchema()) return writeEntries(member, value, tag);
  return writeXml(member, tag, value);
}

function writeItems(list: Shape, value: unknown, tag: string): string {
  const item = list.getValueSchema();
  return (value as unknown[])
    .filter((entry) => entry !== undefined && entry !== null)
    .map((entry) => writeXml(item, tag, entry))
    .join('');
}

function writeEntries(map: Shape, value: unknown, tag: string): string {
  const keyTag = map.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const item = map.getValueSchema();
  const valueTag = item.getMergedTraits().xmlName ?? 'value';
  return Object.entries(value as Record<string, unknown>)
    .map(([key, entry]) => element(tag, textElement(keyTag, key) + writeXml(item, valueTag, entry)))
    .join('');
}

function itemTag(list: Shape): string {
  return list.getValueSchema().getMergedTraits().xmlName ?? 'member';
}

function attributesOf(shape: Shape, value: Record<string, unknown>): string[] {
  return membersOf(shape).flatMap(([name, member]) => {
    const { xmlAttribute, xmlName } = member.getMergedTraits();
    if (!xmlAttribute || value[name] === undefined) return [];
    return [`${xmlName ?? name}="${escapeAttribute(String(value[name]))}"`];
  });
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;');
}

/** A carriage return would otherwise be read back as a newline (XML 1.0 §2.11). */
function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#xD;');
}
