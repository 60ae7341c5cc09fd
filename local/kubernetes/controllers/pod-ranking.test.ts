import type { V1Pod } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { rankForDeletion } from './pod-ranking.ts';

interface Traits {
  readonly node?: string;
  readonly phase?: string;
  readonly readyAt?: string;
  readonly cost?: string;
  readonly restarts?: number;
}

const pod = (
  name: string,
  { node = 'n1', phase = 'Running', readyAt, cost, restarts = 0 }: Traits,
): V1Pod => ({
  metadata: {
    name,
    annotations: cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': cost },
  },
  spec: { nodeName: node || undefined, containers: [] },
  status: {
    phase,
    conditions: readyAt
      ? [
          {
            type: 'Ready',
            status: 'True',
            lastTransitionTime: `2026-01-01T00:00:${readyAt}Z` as unknown as Date,
          },
        ]
      : [],
    containerStatuses: [{ restartCount: restarts } as never],
  },
});

test('the pods that are worth least go first', () => {
  const pods = [
    pod('old', { readyAt: '01' }),
    pod('restarted', { readyAt: '01', restarts: 2 }),
    pod('young', { readyAt: '30' }),
    pod('crowded', { readyAt: '01', node: 'n2' }),
    pod('cheap', { readyAt: '01', cost: '-5' }),
    pod('unready', {}),
    pod('pending', { phase: 'Pending' }),
    pod('unassigned', { phase: 'Pending', node: '' }),
  ];
  const siblings = [...pods, ...Array.from({ length: 9 }, (_, index) => pod(`s${index}`, { node: 'n2' }))];
  expect(rankForDeletion(pods, siblings).map(({ metadata }) => metadata?.name)).toEqual([
    'unassigned',
    'pending',
    'unready',
    'cheap',
    'crowded',
    'young',
    'restarted',
    'old',
  ]);
});
