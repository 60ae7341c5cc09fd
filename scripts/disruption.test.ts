import { expect, test } from 'vitest';
import { disruptionPolicy } from './disruption.ts';

const embedded = { preset: 'embedded', environment: 'production', forbidLayers: [] } as const;
const aws = { preset: 'aws', environment: 'staging', forbidLayers: [] } as const;

test('a local stack may be disrupted, unless the command line names what', () => {
  expect(disruptionPolicy(embedded, {})(['edge', 'database'])).toBeUndefined();
  const onlyEdge = disruptionPolicy(embedded, { allowDisruption: ['edge'] });
  expect(onlyEdge(['edge'])).toBeUndefined();
  expect(onlyEdge(['edge', 'database'])).toBe(
    'it disrupts edge, database: not allowed without --allow-disruption database',
  );
  expect(disruptionPolicy(embedded, { allowDisruption: [] })(['edge'])).toContain('--allow-disruption edge');
});

test('elsewhere nothing is disrupted that is not named, and what disrupts nothing always runs', () => {
  expect(disruptionPolicy(aws, {})(['edge'])).toContain('--allow-disruption edge');
  expect(disruptionPolicy(aws, { allowProduction: true })(['edge'])).toContain('--allow-disruption edge');
  expect(disruptionPolicy(aws, { allowDisruption: ['edge'] })(['edge'])).toBeUndefined();
  expect(disruptionPolicy(aws, {})([])).toBeUndefined();
});

test('production needs its own flag besides', () => {
  const production = { ...aws, environment: 'production' } as const;
  const layers = { allowDisruption: ['edge'] } as const;
  expect(disruptionPolicy(production, layers)(['edge'])).toContain('--allow-production');
  expect(disruptionPolicy(production, { ...layers, allowProduction: true })(['edge'])).toBeUndefined();
});

test('what the deployment file forbids no flag allows', () => {
  const forbidden = { ...embedded, forbidLayers: ['database'] } as const;
  const all = { allowDisruption: ['database', 'edge'], allowProduction: true } as const;
  expect(disruptionPolicy(forbidden, all)(['edge', 'database'])).toContain('safety.forbidLayers');
  expect(disruptionPolicy(forbidden, all)(['edge'])).toBeUndefined();
});
