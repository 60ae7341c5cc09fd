import { expect, test } from 'vitest';
import { importViolations, violationsOf } from './imports.ts';

test('the house is in order', () => {
  expect(importViolations(process.cwd())).toEqual([]);
});

test.each([
  ['fixtures/a.ts', "import { x } from '../local/waf/firewall.ts'"],
  ['local/edge/a.ts', "import { x } from '../waf/firewall.ts'"],
  ['local/base/a.ts', "import { x } from '../dns/server.ts'"],
  ['suites/dns/a.suite.ts', "import { x } from '../flow/b.suite.ts'"],
  ['reports/a.ts', "import type { X } from '../fixtures/session.ts'"],
  ['fixtures/workload/main.ts', "import { x } from '../outcome.ts'"],
  ['provisioning/deploy/a.ts', "import { x } from '../../local/aws/gateway.ts'"],
])('%s cannot say: %s', (file, source) => {
  expect(violationsOf(file, source)).toHaveLength(1);
});

test.each([
  ['local/edge/a.ts', "import { x } from '../base/clock.ts'"],
  ['local/aws/services/a.ts', "import { x } from '../service.ts'"],
  ['suites/dns/a.suite.ts', "import { x } from '../../fixtures/outcome.ts'"],
])('%s may say: %s', (file, source) => {
  expect(violationsOf(file, source)).toEqual([]);
});
