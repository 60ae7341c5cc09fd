import { createRandom } from '../../../../local/base/random.ts';

/** What befalls the servers of one instance, and when, all of it drawn from the seed. */
export interface Schedule {
  readonly seed: number;
  readonly steps: readonly Step[];
}

export interface Step {
  /** First the instance is let come to rest: it serves and has a standby. */
  readonly atRest: boolean;
  /** From the step before, or from then. */
  readonly afterWallMs: number;
  readonly disturbance: Disturbance;
}

export type Disturbance =
  | { readonly kind: 'kill'; readonly target: Target }
  | { readonly kind: 'freeze'; readonly target: Target; readonly forWallMs: number }
  | {
      readonly kind: 'network';
      readonly hop: 'primary-to-standby' | 'pods-to-database';
      readonly effect: 'cut' | 'half-open' | 'reset' | 'refuse';
      readonly forWallMs: number;
    }
  | { readonly kind: 'failover' }
  | { readonly kind: 'restart' };

/** Whoever it is at that moment. A server is all its processes, a postmaster that one alone, a backend one of a client's. */
export type Target =
  | 'primary'
  | 'primary-postmaster'
  | 'primary-backend'
  | 'primary-walsender'
  | 'standby'
  | 'standby-postmaster'
  | 'standby-walreceiver';

export function scheduleOf(seed: number): Schedule {
  const random = createRandom(seed);
  const steps = Array.from({ length: 3 + random.below(4) }, () => ({
    atRest: random.next() < 0.2,
    afterWallMs: random.pick([0, random.below(100), random.below(500), random.below(1500)]),
    disturbance: draw(random),
  }));
  return { seed, steps };
}

/** One line a step. */
export function describeSchedule({ steps }: Schedule): string {
  return steps
    .map(
      ({ atRest, afterWallMs, disturbance }) =>
        `${atRest ? 'at rest, ' : ''}after ${afterWallMs} ms ${JSON.stringify(disturbance)}`,
    )
    .join('\n');
}

type Draw = (random: ReturnType<typeof createRandom>) => Disturbance;

const draws: readonly (readonly [weight: number, draw: Draw])[] = [
  [5, () => ({ kind: 'failover' })],
  [1, () => ({ kind: 'restart' })],
  [
    5,
    (random) => ({
      kind: 'kill',
      target: random.pick<Target>(['primary', 'primary-postmaster', 'primary-postmaster', 'primary-backend']),
    }),
  ],
  [
    2,
    (random) => ({
      kind: 'kill',
      target: random.pick<Target>(['standby', 'standby-postmaster', 'standby-walreceiver']),
    }),
  ],
  [
    4,
    (random) => ({
      kind: 'freeze',
      target: random.pick<Target>(['primary', 'primary', 'primary-backend', 'primary-walsender']),
      forWallMs: duration(random),
    }),
  ],
  [2, (random) => ({ kind: 'freeze', target: 'standby', forWallMs: duration(random) })],
  [
    3,
    (random) => ({
      kind: 'network',
      hop: 'primary-to-standby',
      effect: random.pick(['cut', 'half-open', 'reset']),
      forWallMs: duration(random),
    }),
  ],
  [
    1,
    (random) => ({
      kind: 'network',
      hop: 'pods-to-database',
      effect: random.pick(['cut', 'half-open', 'reset', 'refuse']),
      forWallMs: duration(random),
    }),
  ],
];

const draw: Draw = (random) => {
  const bag = draws.flatMap(([weight, one]) => Array.from({ length: weight }, () => one));
  return random.pick(bag)(random);
};

/** A primary that hangs is replaced after some three wall seconds, a standby given up after five. */
function duration(random: ReturnType<typeof createRandom>): number {
  return random.pick([random.below(300), random.below(1500), 2500 + random.below(3500)]);
}
