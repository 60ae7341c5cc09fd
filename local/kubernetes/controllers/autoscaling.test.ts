import { expect, test } from 'vitest';
import { proposeReplicas } from './replica-calculator.ts';
import type { ScalingHistory } from './scaling-behavior.ts';
import { limitScaling } from './scaling-behavior.ts';

const pod = (usage: number | undefined, unready = false) => ({ name: 'p', usage, request: 0.5, unready });
const half = { averageUtilization: 50 };
const propose = (current: number, ...pods: ReturnType<typeof pod>[]) =>
  proposeReplicas(current, pods, half).replicas;

test('replicas follow utilization, outside a tolerance of a tenth', () => {
  expect(proposeReplicas(2, [pod(0.5), pod(0.5)], half)).toEqual({
    replicas: 4,
    averageUtilization: 100,
    averageValue: 0.5,
  });
  expect(propose(2, pod(0.275), pod(0.275))).toBe(2);
  expect(propose(2, pod(0.285), pod(0.285))).toBe(3);
  expect(propose(3, pod(0.05), pod(0.05), pod(0.05))).toBe(1);
  expect(proposeReplicas(2, [pod(0.3), pod(0.3)], { averageValue: 0.1 }).replicas).toBe(6);
});

test('a pod without metrics weighs against the move, a starting one is idle when the move is up', () => {
  expect(propose(3, pod(0.5), pod(0.5), pod(undefined))).toBe(4);
  expect(propose(3, pod(0.01), pod(0.01), pod(undefined))).toBe(3);
  expect(propose(3, pod(0.5), pod(0.5), pod(0.5, true))).toBe(4);
  expect(() => propose(1, pod(undefined))).toThrow('did not receive metrics');
});

const bounds = { minReplicas: 2, maxReplicas: 20 };
const fresh = (): ScalingHistory => ({ recommendations: [], scaleUps: [], scaleDowns: [] });

test('up at once, by four pods or double in 15 s, whichever is more', () => {
  const history = fresh();
  expect(limitScaling(0, 3, 20, { bounds, history })).toMatchObject({ replicas: 7, limit: 'ScaleUpLimit' });
  history.scaleUps.push({ atMs: 0, change: 4 });
  expect(limitScaling(14_000, 7, 20, { bounds, history }).replicas).toBe(7);
  expect(limitScaling(15_000, 7, 20, { bounds, history }).replicas).toBe(14);
  expect(limitScaling(60_000, 14, 30, { bounds, history })).toMatchObject({
    replicas: 20,
    limit: 'TooManyReplicas',
  });
});

test('down only when nothing higher was recommended for 300 s', () => {
  const history = fresh();
  limitScaling(0, 5, 5, { bounds, history });
  expect(limitScaling(299_000, 5, 1, { bounds, history })).toMatchObject({ replicas: 5, stabilized: true });
  expect(limitScaling(301_000, 5, 1, { bounds, history })).toMatchObject({
    replicas: 2,
    limit: 'TooFewReplicas',
  });
});

test('declared policies limit the rate down', () => {
  const scaleDown = {
    stabilizationWindowSeconds: 0,
    policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
  };
  const history = fresh();
  expect(limitScaling(0, 5, 2, { behavior: { scaleDown }, bounds, history })).toMatchObject({
    replicas: 4,
    limit: 'ScaleDownLimit',
  });
  expect(
    limitScaling(0, 5, 2, {
      behavior: { scaleDown: { selectPolicy: 'Disabled', stabilizationWindowSeconds: 0 } },
      bounds,
      history,
    }).replicas,
  ).toBe(5);
});
