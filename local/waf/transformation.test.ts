import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileTransformations } from './transformation.ts';

type Type = NonNullable<Parameters<typeof compileTransformations>[0]>[number]['Type'];

function apply(text: string, ...types: Type[]): string {
  return compileTransformations(types.map((Type, Priority) => ({ Type, Priority })))(text);
}

test.each<[Type, string, string]>([
  ['URL_DECODE', 'a+b%3c%zz', 'a b<%zz'],
  ['URL_DECODE_UNI', '%u003cscript', '<script'],
  ['HTML_ENTITY_DECODE', '&lt;&#x3c;&#60;&amp;lt;', '<<<&lt;'],
  ['COMPRESS_WHITE_SPACE', 'a \t\n b', 'a b'],
  ['NORMALIZE_PATH', '/a/./b//../../../etc/', '/etc/'],
  ['REPLACE_COMMENTS', 'UN/**/ION/* open', 'UN ION '],
  ['CMD_LINE', 'C^md /c "DIR";ls', 'cmd/c dir ls'],
  ['BASE64_DECODE', 'PHNjcmlwdD4=', '<script>'],
])('%s', (type, text, expected) => {
  expect(apply(text, type)).toBe(expected);
});

test('transformations follow each other by priority', () => {
  expect(apply('%253CScript', 'URL_DECODE', 'URL_DECODE', 'LOWERCASE')).toBe('<script');
});

test('decoding a URL undoes encoding it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      expect(apply(encodeURIComponent(text), 'URL_DECODE')).toBe(text);
    }),
  );
});

test('a normalized path has nothing left to normalize', () => {
  const path = fc.array(fc.constantFrom('a', 'b', '.', '..', '')).map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(path, (text) => {
      const once = apply(text, 'NORMALIZE_PATH');
      expect(apply(once, 'NORMALIZE_PATH')).toBe(once);
      expect(once).not.toMatch(/\/\.\.?(\/|$)/);
    }),
  );
});
