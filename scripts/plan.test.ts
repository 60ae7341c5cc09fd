import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faults } from '../fixtures/faults/list.ts';
import { areaOf } from '../fixtures/requirement.ts';
import { readDeployment } from '../provisioning/deployment/read.ts';
import type { Capability } from '../provisioning/stack.ts';
import { requirements } from '../suites/list.ts';
import { choose, planRun } from './plan.ts';
import { UsageError } from './usage-error.ts';

const deployment = readDeployment('provisioning/deployments/artifacthub.yaml');
const everything: readonly Capability[] = ['defects', 'pods-as-processes', 'failover', 'break-database'];
const ids = requirements.map(({ id }) => id);

test('each requirement of the plan is either run or settled with a reason, never both, whatever the stack can do', () => {
  const only = fc.option(fc.subarray([...new Set(ids.map(areaOf)), ...ids]), { nil: undefined });
  fc.assert(
    fc.property(only, fc.subarray([...everything]), (chosen, capabilities) => {
      const plan = planRun({ deployment, only: chosen });
      const selected = plan.selected({ capabilities }).map(({ id }) => id);
      const settled = plan.settled({ capabilities });
      expect(plan.planned.map(({ id }) => id)).toEqual(ids);
      expect([...selected, ...settled.map(({ id }) => id)].sort()).toEqual([...ids].sort());
      for (const { outcome, reason } of settled) {
        expect(['skipped', 'not-applicable', 'unverifiable-here']).toContain(outcome);
        expect(reason).not.toBe('');
      }
    }),
  );
});

test('everything runs on a stack that can do everything, in the order of the list', () => {
  const plan = planRun({ deployment });
  for (const capabilities of [everything, undefined]) {
    expect(plan.selected({ capabilities }).map(({ id }) => id)).toEqual(ids);
    expect(plan.settled({ capabilities })).toEqual([]);
  }
});

test('what a stack lacks makes unverifiable what needs it, by name', () => {
  const needing = requirements.filter(({ needs }) => needs?.includes('failover')).map(({ id }) => id);
  const plan = planRun({ deployment });
  const capabilities = everything.filter((capability) => capability !== 'failover');
  const settled = plan.settled({ capabilities });
  expect(settled).toEqual(
    needing.map((id) => ({ id, outcome: 'unverifiable-here', reason: 'this stack lacks failover' })),
  );
});

test('what the deployment declares absent is not applicable, also where it was left out', () => {
  const bare = { ...deployment, database: 'none' as const };
  for (const only of [undefined, ['TLS-1']]) {
    const settled = planRun({ deployment: bare, only }).settled({ capabilities: everything });
    expect(settled).toContainEqual(expect.objectContaining({ id: 'RDS-2', outcome: 'not-applicable' }));
  }
});

test('what may not be disrupted is skipped, with the reason, and so is a fault that a controller would undo', () => {
  const plan = planRun({
    deployment,
    leaveOut: (disrupts) => (disrupts.includes('database') ? 'not the database' : undefined),
  });
  const refused = new Map([['workload-scaled-to-zero', 'Argo CD owns it']]);
  const settled = plan.settled({ capabilities: everything, refused });
  const database = requirements.filter(({ disrupts }) => disrupts.includes('database'));
  expect(database.length).toBeGreaterThan(0);
  expect(settled.filter(({ reason }) => reason === 'not the database').map(({ id }) => id)).toEqual(
    database.map(({ id }) => id),
  );
  expect(settled).toContainEqual({ id: 'ORG-1', outcome: 'skipped', reason: 'Argo CD owns it' });
});

test('every fault that a requirement names is one that recover knows', () => {
  const known = new Set(faults.map(({ name }) => name));
  const named = requirements.flatMap((requirement) => requirement.faults);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
  for (const { id, disrupts, faults: used } of requirements)
    if (used.length > 0) expect(disrupts, id).not.toEqual([]);
});

test('by ID or area, in any case; the steady state is always looked at first', () => {
  const chosen = (...only: readonly string[]) => choose(requirements, only).map(({ id }) => id);
  expect(chosen('tls-1')).toEqual(['STEADY-1', 'TLS-1']);
  expect(chosen('waf')).toEqual(['STEADY-1', ...ids.filter((id) => areaOf(id) === 'WAF')]);
  expect(chosen()).toEqual(['STEADY-1']);
  expect(choose(requirements, undefined)).toBe(requirements);
});

test('names that nothing has are refused all at once', () => {
  expect(() => planRun({ deployment, only: ['TLS-1', 'NOPE', 'TLS-99'] })).toThrow(UsageError);
  expect(() => planRun({ deployment, only: ['TLS-1', 'NOPE', 'TLS-99'] })).toThrow(
    'Cannot run NOPE, TLS-99:',
  );
});

test('IDs are unique and say their area', () => {
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[A-Z]+-\d+$/);
});
