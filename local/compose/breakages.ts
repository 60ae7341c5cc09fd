import type { ControlState } from '../base/control-request.ts';
import type { Breakable, PlaneFault, PlaneName } from '../base/plane-fault.ts';

/** The planes that can be broken, by the name that a fault calls them. */
export type BreakablePlanes = {
  readonly [Name in PlaneName]?: Breakable<Extract<PlaneFault, { plane: Name }>>;
};

export interface Breakages {
  break(id: string, fault: PlaneFault): Promise<void>;
  mend(id: string): Promise<void>;
  state(): ControlState;
}

/** Remembers which plane each identifier belongs to; one that is in force already is left as it is. */
export function createBreakages(planes: BreakablePlanes): Breakages {
  const broken = new Map<string, PlaneFault>();
  return {
    break: async (id, fault) => {
      if (typeof id !== 'string' || id === '')
        throw new TypeError(`Cannot break: expected an id, got ${JSON.stringify(id)}`);
      if (broken.has(id)) return;
      const plane = planeOf(planes, fault);
      // Remembered first: what broke half must be found by `mend`.
      broken.set(id, fault);
      await plane.break(id, fault);
      if (happensOnce(fault)) broken.delete(id);
    },
    mend: async (id) => {
      const fault = broken.get(id);
      if (!fault) return;
      await planeOf(planes, fault).mend(id);
      broken.delete(id);
    },
    state: () => ({ broken: [...broken].map(([id, fault]) => ({ id, fault })) }),
  };
}

function planeOf(planes: BreakablePlanes, fault: PlaneFault): Breakable<PlaneFault> {
  const plane = Object.hasOwn(planes, fault?.plane) ? planes[fault.plane] : undefined;
  if (!plane)
    throw new TypeError(
      `Cannot break "${fault?.plane}": expected a plane of ${Object.keys(planes).sort().join(', ')}`,
    );
  return plane as Breakable<PlaneFault>;
}

function happensOnce(fault: PlaneFault): boolean {
  if (fault.plane === 'pods') return fault.effect.kind === 'kill';
  return fault.plane === 'database' && fault.effect === 'kill-primary';
}
