import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../repository.ts';
import { foreignClient } from './testing/foreign-client.ts';

test('the templates pass cfn-lint', async (context) => {
  const lint = foreignClient('cfn-lint', context);
  const templates = globSync(join(repositoryRoot, 'provisioning/templates/*.yaml'));
  expect(templates.length).toBeGreaterThan(5);
  expect(await lint('--regions', 'us-east-1', '--', ...templates)).toBe('');
});
