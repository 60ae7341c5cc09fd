import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newRevisionReplicas, oldRevisionReplicas, proportionalReplicas, rolloutLimits } from './rollout.ts';

test('surge rounds up, unavailable rounds down, both zero still moves', () => {
  expect(rolloutLimits(3)).toEqual({ replicas: 3, maxSurge: 1, maxUnavailable: 0 });
  expect(rolloutLimits(3, { maxSurge: 0, maxUnavailable: '10%' })).toMatchObject({ maxUnavailable: 1 });
});

test('a rollout never exceeds its surge nor falls under its availability, and arrives', () => {
  const size = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(
      size,
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 3 }),
      (replicas, surge, unavailable) => {
        const limits = rolloutLimits(replicas, { maxSurge: surge, maxUnavailable: unavailable });
        let newest = { name: 'new', replicas: 0, availableReplicas: 0 };
        let old = { name: 'old', replicas, availableReplicas: replicas };
        for (let step = 0; step < 100 && newest.availableReplicas < replicas; step++) {
          newest = { ...newest, replicas: newRevisionReplicas(limits, newest, [old]) };
          expect(newest.replicas + old.replicas).toBeLessThanOrEqual(replicas + limits.maxSurge);
          const left = oldRevisionReplicas(limits, newest, [old]).get('old') ?? 0;
          old = { name: 'old', replicas: left, availableReplicas: left };
          expect(newest.availableReplicas + left).toBeGreaterThanOrEqual(replicas - limits.maxUnavailable);
          newest = { ...newest, availableReplicas: newest.replicas };
        }
        expect([newest.replicas, oldRevisionReplicas(limits, newest, [old]).get('old')]).toEqual([
          replicas,
          0,
        ]);
      },
    ),
  );
});

test('unavailable old pods go first', () => {
  const limits = rolloutLimits(4, { maxSurge: 1, maxUnavailable: 1 });
  const broken = { name: 'broken', replicas: 2, availableReplicas: 0 };
  const sound = { name: 'sound', replicas: 3, availableReplicas: 3 };
  const left = oldRevisionReplicas(limits, { name: 'new', replicas: 0, availableReplicas: 0 }, [
    sound,
    broken,
  ]);
  expect(left).toEqual(
    new Map([
      ['sound', 3],
      ['broken', 0],
    ]),
  );
});

test('a resize in mid-rollout is shared by size', () => {
  const limits = rolloutLimits(15, { maxSurge: 3, maxUnavailable: 2 });
  const revisions = [
    { name: 'old', replicas: 8, availableReplicas: 8, maxReplicas: 13 },
    { name: 'new', replicas: 5, availableReplicas: 0, maxReplicas: 13 },
  ];
  // The example of Kubernetes documentation, "Proportional scaling": 3 to the old, 2 to the new.
  expect(proportionalReplicas(revisions, limits)).toEqual(
    new Map([
      ['old', 11],
      ['new', 7],
    ]),
  );
});
