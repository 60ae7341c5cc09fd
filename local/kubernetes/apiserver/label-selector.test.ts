import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileLabelSelector, parseLabelSelector } from './label-selector.ts';

test('the whole grammar of label selectors', () => {
  const labels = { app: 'hub', tier: 'web', weight: '7' };
  const matching = [
    '',
    'app',
    '!gone',
    'app=hub',
    'app == hub',
    'app!=db',
    'gone!=x',
    'app in (db, hub)',
    'app notin (db),tier',
    'weight>6,weight<8',
    'app in (hub),!gone , tier=web',
  ];
  for (const selector of matching) expect(parseLabelSelector(selector)(labels), selector).toBe(true);
  const others = [
    'gone',
    '!app',
    'app=db',
    'app!=hub',
    'app in (db)',
    'app notin (hub)',
    'weight>7',
    'app>1',
  ];
  for (const selector of others) expect(parseLabelSelector(selector)(labels), selector).toBe(false);
  for (const wrong of ['a in', '=b', 'a b', 'a in (b']) expect(() => parseLabelSelector(wrong)).toThrow();
});

test('a selector object and its text select the same', () => {
  const word = fc.constantFrom('a', 'b', 'c');
  const expression = fc.record({
    key: word,
    operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
    values: fc.array(word, { minLength: 1, maxLength: 2 }),
  });
  fc.assert(
    fc.property(fc.array(expression), fc.dictionary(word, word), (matchExpressions, labels) => {
      const text = matchExpressions.map(({ key, operator, values }) => {
        if (operator === 'Exists') return key;
        if (operator === 'DoesNotExist') return `!${key}`;
        return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
      });
      const byObject = compileLabelSelector({ matchExpressions })(labels);
      expect(parseLabelSelector(text.join(','))(labels)).toBe(byObject);
    }),
  );
});
