import type { V1Node, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { chooseNode } from './choose-node.ts';

const zoneKey = 'topology.kubernetes.io/zone';
const node = (name: string, zone: string, spec: V1Node['spec'] = {}): V1Node => ({
  metadata: { name, labels: { [zoneKey]: zone, 'kubernetes.io/hostname': name } },
  spec,
  status: { allocatable: { cpu: '1', memory: '1Gi', pods: '4' } },
});
const pod = (more: Partial<V1PodSpec> = {}, cpu = '250m'): V1Pod => ({
  metadata: { name: 'p', namespace: 'default', labels: { app: 'hub' } },
  spec: { containers: [{ name: 'hub', resources: { requests: { cpu } } }], ...more },
});
const spread = (whenUnsatisfiable: string) => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: zoneKey, whenUnsatisfiable, labelSelector: { matchLabels: { app: 'hub' } } },
  ],
});
const loads = (nodes: [V1Node, number][]) =>
  nodes.map(([each, count]) => ({ node: each, pods: Array.from({ length: count }, () => pod()) }));
const nameOf = (choice: ReturnType<typeof chooseNode>) =>
  'node' in choice ? choice.node.metadata?.name : choice.unschedulable;

test('an unschedulable, a tainted and a full node are passed over, and said so', () => {
  const taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
  const nodes = loads([
    [node('a', 'a', { unschedulable: true }), 0],
    [node('b', 'b', { taints: [taint] }), 0],
    [node('c', 'c'), 4],
  ]);
  expect(nameOf(chooseNode(pod({}, '500m'), nodes))).toMatch(
    /^0\/3 nodes are available: 1 Insufficient cpu, 1 Too many pods, 1 node\(s\) had untolerated taint \{gpu: yes\}, 1 node\(s\) were unschedulable\. preemption/,
  );
  expect(nameOf(chooseNode(pod({ tolerations: [{ key: 'gpu', operator: 'Exists' }] }), nodes))).toBe('b');
});

test('DoNotSchedule keeps the skew, even when the smallest zone has no room', () => {
  const nodes = loads([
    [node('a', 'a'), 1],
    [node('b', 'b'), 1],
    [node('c', 'c'), 0],
  ]);
  expect(nameOf(chooseNode(pod(spread('DoNotSchedule')), nodes))).toBe('c');
  const cordoned = loads([
    [node('a', 'a'), 1],
    [node('b', 'b'), 1],
    [node('c', 'c', { unschedulable: true }), 0],
  ]);
  expect(nameOf(chooseNode(pod(spread('DoNotSchedule')), cordoned))).toContain(
    "2 node(s) didn't match pod topology spread constraints",
  );
  expect(nameOf(chooseNode(pod(spread('ScheduleAnyway')), cordoned))).toBe('a');
});
