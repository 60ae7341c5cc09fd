import { expect, test } from 'vitest';
import { expandVariables } from './container-environment.ts';

test.each([
  ['postgres://$(USER)@$(HOST)/hub', 'postgres://hub@db/hub'],
  ['$$(USER) costs $5', '$(USER) costs $5'],
  ['$(UNKNOWN) stays', '$(UNKNOWN) stays'],
])('%s expands to %s', (text, expanded) => {
  expect(expandVariables(text, { USER: 'hub', HOST: 'db' })).toBe(expanded);
});
