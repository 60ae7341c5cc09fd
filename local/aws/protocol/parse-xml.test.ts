import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidInput } from './invalid-input.ts';
import { parseXml, type XmlElement } from './parse-xml.ts';
import { element, textElement } from './write-xml.ts';

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/);
const text = fc.string({ unit: 'grapheme' });
const leaf = fc.record({
  name,
  attributes: fc.constant(new Map()),
  children: fc.constant<XmlElement[]>([]),
  text,
});
const branch = (child: fc.Arbitrary<XmlElement>) =>
  fc.record({ name, attributes: fc.constant(new Map()), children: fc.array(child, { maxLength: 3 }), text });
const tree: fc.Arbitrary<XmlElement> = branch(branch(branch(leaf)));

function write({ name: tag, children, text }: XmlElement): string {
  return children.length > 0 ? element(tag, children.map(write).join('')) : textElement(tag, text);
}

test('what is written is read back', () => {
  const normal = (node: XmlElement): XmlElement => ({
    ...node,
    text: node.children.length > 0 ? '' : node.text,
    children: node.children.map(normal),
  });
  fc.assert(
    fc.property(tree, (node) => {
      expect(parseXml(write(node))).toEqual(normal(node));
    }),
  );
});

test('any text is either an element or refused as malformed', () => {
  const pieces = fc.constantFrom(
    '<a>',
    '</a>',
    '<a',
    '/>',
    '&amp;',
    '&x;',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    ' b="c"',
    '<?',
    '?>',
    'x',
    '<!DOCTYPE',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      try {
        expect(parseXml(parts.join('')).name).toBe('a');
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
      }
    }),
  );
});

test('prefixes, attributes, CDATA, comments and entities mean what XML says', () => {
  const source = `<?xml version="1.0"?><!-- c --><s:a xmlns:s="urn:x" s:type='T&amp;'>1<![CDATA[<2>]]>&#51;&#x34;<b/></s:a>\n`;
  expect(parseXml(source)).toEqual({
    name: 'a',
    attributes: new Map([
      ['xmlns:s', 'urn:x'],
      ['s:type', 'T&'],
    ]),
    children: [{ name: 'b', attributes: new Map(), children: [], text: '' }],
    text: '1<2>34',
  });
});

test.for([
  '',
  'text',
  '<a>',
  '<a></b>',
  '<a/><b/>',
  '<a>&undefined;</a>',
  '<a>&#0;</a>',
  '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
  '<a>'.repeat(200) + '</a>'.repeat(200),
])('%#: malformed text is refused', (source) => {
  expect(() => parseXml(source)).toThrow('Could not parse XML');
});

test('a long attack on the parser takes no long time', () => {
  const before = performance.now();
  expect(() => parseXml(`<a ${'b="c" '.repeat(50_000)}`)).toThrow('Could not parse XML');
  expect(() => parseXml(`<a>${'<!--'.repeat(50_000)}`)).toThrow('Could not parse XML');
  expect(performance.now() - before).toBeLessThan(2000);
});
