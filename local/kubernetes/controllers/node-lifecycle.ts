import type { V1Node, V1Pod, V1Taint } from '@kubernetes/client-node';
import { findCondition, withCondition } from '../conditions.ts';
import { writeStatus } from '../object-changes.ts';
import { isReady } from '../pods.ts';
import { createReconciler } from '../reconciler.ts';
import { resources } from '../resources.ts';
import { stamp } from '../timestamps.ts';
import type { Controller } from './controller.ts';
import type { Readiness } from './node-conditions.ts';
import {
  isSame,
  noExecuteTaint,
  noScheduleTaints,
  readinessOf,
  unknownConditions,
  withTaints,
} from './node-conditions.ts';
import { createNodeHeartbeats, monitorPeriodMs } from './node-heartbeats.ts';
import { createZoneLimits, zoneOf } from './zone-disruption.ts';

/** Says which nodes are out of reach, and taints them (Kubernetes documentation, "Nodes", node controller). */
export const nodeLifecycleController: Controller = ({ api, clock, signal, recorder }) => {
  const events = recorder('node-controller');
  const heartbeats = createNodeHeartbeats(api, clock);
  const zones = createZoneLimits(clock);
  const observed = new Map<string, Readiness>();

  const monitor = (): void => {
    const nodes = api.list<V1Node>(resources.nodes);
    heartbeats.observe(nodes);
    const ready = (node: V1Node) => readinessOf(node) === 'True' && !heartbeats.isSilent(node);
    if (zones.update(nodes.map((node) => ({ zone: zoneOf(node), ready: ready(node) })))) heartbeats.forgive();
    for (const { metadata } of nodes) queue.enqueue(metadata?.name ?? '');
  };

  const reconcile = async (name: string): Promise<void> => {
    const found = api.get<V1Node>(resources.nodes, undefined, name);
    if (!found) return void observed.delete(name);
    const node = heartbeats.isSilent(found) ? await markUnknown(found) : found;
    const readiness = readinessOf(node);
    if (readiness !== 'True' && observed.get(name) === 'True')
      events.normal(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    observed.set(name, readiness);
    if (readiness !== 'True') await markPodsNotReady(name);
    await taint(node);
  };

  const markUnknown = async (node: V1Node): Promise<V1Node> => {
    if (readinessOf(node) === 'Unknown') return node;
    const status = { ...node.status, conditions: unknownConditions(node, clock.now()) };
    return api.update<V1Node>(resources.nodes, { ...node, status }, 'status');
  };

  const markPodsNotReady = async (node: string): Promise<void> => {
    for (const pod of api.list<V1Pod>(resources.pods, { fieldSelector: `spec.nodeName=${node}` })) {
      const current = findCondition(pod.status?.conditions, 'Ready');
      if (!isReady(pod) || !current) continue;
      const conditions = withCondition(pod.status?.conditions, { ...current, status: 'False' }, clock.now());
      await writeStatus(api, resources.pods, pod, { ...pod.status, conditions });
      events.warning(pod, 'NodeNotReady', 'Node is not ready');
    }
  };

  const taint = async (node: V1Node): Promise<void> => {
    const wanted = [...noScheduleTaints(node), ...evicting(node)];
    const taints = withTaints(node, wanted, stamp(clock.now()));
    const present = node.spec?.taints ?? [];
    if (taints.length === present.length && taints.every((one) => present.some((two) => isSame(one, two))))
      return;
    await api.update(resources.nodes, { ...node, spec: { ...node.spec, taints } });
  };

  /** The taint that evicts, when it is the node's turn. */
  const evicting = (node: V1Node): V1Taint[] => {
    const wanted = noExecuteTaint(node);
    if (!wanted || zones.allDisrupted) return [];
    const present = (node.spec?.taints ?? []).some(
      (held) => held.effect === 'NoExecute' && isSame(held, wanted),
    );
    if (present) return [wanted];
    const waitMs = zones.takeTurn(zoneOf(node));
    if (waitMs === 0) return [wanted];
    if (Number.isFinite(waitMs)) queue.enqueueAfter(node.metadata?.name ?? '', waitMs);
    return [];
  };

  const queue = createReconciler({ name: 'node-lifecycle', clock, signal, reconcile });
  api.watch<V1Node>(resources.nodes, ({ object }) => queue.enqueue(object.metadata?.name ?? ''), signal);
  clock.every(monitorPeriodMs, monitor, signal);
};
