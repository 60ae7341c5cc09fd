import type { PlaneFault } from '../../../../local/base/plane-fault.ts';
import type { World } from './world.ts';

/** The control endpoint: what is broken is remembered, and nothing else happens. */
export function planeScript(world: World) {
  return {
    'control break': ([id, fault]: [string, PlaneFault]) => {
      world.changes++;
      if (!happensOnce(fault)) world.broken[id] = fault;
    },
    'control mend': ([id]: [string]) => {
      world.changes++;
      delete world.broken[id];
    },
    'control state': () => ({
      broken: Object.entries(world.broken).map(([id, fault]) => ({ id, fault })),
    }),
  };
}

function happensOnce(fault: PlaneFault): boolean {
  return fault.plane === 'pods'
    ? fault.effect.kind === 'kill'
    : fault.plane === 'database' && fault.effect === 'kill-primary';
}
