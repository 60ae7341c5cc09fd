import { InvalidInput } from './invalid-input.ts';
import type { XmlElement } from './parse-xml.ts';
import { readScalar } from './scalar.ts';
import { membersOf, type Shape, setOwn } from './shape.ts';

/** Reads an element's content. Elements that the shape does not know are ignored, as AWS does. */
export function readXml(shape: Shape, element: XmlElement, at: string): unknown {
  if (shape.isStructSchema()) return readXmlStructure(shape, element, at, () => true);
  if (shape.isListSchema()) return readItems(shape.getValueSchema(), itemsOf(shape, element), at);
  if (shape.isMapSchema()) return readEntries(shape, childrenNamed(element, 'entry'), at);
  if (element.children.length > 0) {
    throw new InvalidInput('type', `Unexpected list element termination at '${at}'`);
  }
  return readScalar(shape, element.text, at, 'date-time');
}

/** `take` leaves out the members that travel in headers, labels or the query string. */
export function readXmlStructure(
  shape: Shape,
  element: XmlElement,
  at: string,
  take: (member: Shape) => boolean,
): object {
  const out = {};
  for (const [name, member] of membersOf(shape)) {
    if (!take(member)) continue;
    const value = readMember(name, member, element, at ? `${at}.${name}` : name);
    if (value !== undefined) setOwn(out, name, value);
  }
  return out;
}

function readMember(name: string, member: Shape, element: XmlElement, at: string): unknown {
  const { xmlAttribute, xmlFlattened } = member.getMergedTraits();
  const tag = member.getMemberTraits().xmlName ?? name;
  if (xmlAttribute) {
    const text = element.attributes.get(tag);
    return text === undefined ? undefined : readScalar(member, text, at, 'date-time');
  }
  const found = childrenNamed(element, tag);
  const last = found.at(-1);
  if (!last) return undefined;
  if (xmlFlattened && member.isListSchema()) return readItems(member.getValueSchema(), found, at);
  if (xmlFlattened && member.isMapSchema()) return readEntries(member, found, at);
  return readXml(member, last, at);
}

function readItems(item: Shape, elements: readonly XmlElement[], at: string): unknown[] {
  return elements.map((element, i) => readXml(item, element, `${at}.${i + 1}`));
}

function itemsOf(list: Shape, element: XmlElement): XmlElement[] {
  return childrenNamed(element, list.getValueSchema().getMergedTraits().xmlName ?? 'member');
}

function readEntries(map: Shape, entries: readonly XmlElement[], at: string): object {
  const keyTag = map.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const item = map.getValueSchema();
  const valueTag = item.getMergedTraits().xmlName ?? 'value';
  const out = {};
  for (const entry of entries) {
    const key = childrenNamed(entry, keyTag)[0]?.text;
    const value = childrenNamed(entry, valueTag)[0];
    if (key === undefined || !value) throw new InvalidInput('type', `Expected a key and a value at '${at}'`);
    setOwn(out, key, readXml(item, value, `${at}.${key}`));
  }
  return out;
}

function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}
