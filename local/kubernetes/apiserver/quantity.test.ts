import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalQuantity, quantityValue } from './quantity.ts';

test('quantities are written back as Kubernetes writes them', () => {
  const known = {
    '0.5': '500m',
    '1': '1',
    '1000m': '1',
    '1024Mi': '1Gi',
    '1.5Gi': '1536Mi',
    '0.5Ki': '512',
    '100000': '100k',
    '1e3': '1e3',
    '-2000m': '-2',
    '0.1n': '1n',
    '0': '0',
  };
  for (const [text, canonical] of Object.entries(known)) expect(canonicalQuantity(text)).toBe(canonical);
  for (const wrong of ['', 'x', '1.2.3', '1Kib', '--1', '.'])
    expect(canonicalQuantity(wrong)).toBeUndefined();
});

test('the canonical text has the same value and is its own canonical text', () => {
  const quantity = fc.tuple(
    fc.nat({ max: 1_000_000 }),
    fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E-2'),
  );
  fc.assert(
    fc.property(quantity, ([number, suffix]) => {
      const canonical = canonicalQuantity(`${number}${suffix}`) ?? 'malformed';
      expect(canonicalQuantity(canonical)).toBe(canonical);
      expect(quantityValue(canonical)).toBeCloseTo(quantityValue(`${number}${suffix}`), 6);
    }),
  );
});
