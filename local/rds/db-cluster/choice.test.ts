import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostAdvanced } from './choice.ts';

test('of readers that can all be read, the one with the most WAL; of others, nobody', () => {
  const positions = fc.array(fc.option(fc.bigInt({ min: 0n, max: 9n }), { nil: undefined }), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(positions, (given) => {
      const voters = given.map((position, reader) => ({ reader, position }));
      const chosen = mostAdvanced(voters);
      const known = given.filter((position) => position !== undefined);
      if (given.length === 0 || known.length < given.length) return chosen === undefined;
      return chosen !== undefined && known.every((position) => position <= (given[chosen] ?? -1n));
    }),
  );
  expect(mostAdvanced([])).toBeUndefined();
});
