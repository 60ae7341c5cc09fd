import type { IndexedSet } from './zone-index.ts';

/** What a server knows when it chooses among the sets of one name and type. */
export interface ChoiceView {
  healthy(set: IndexedSet): boolean;
  /** In [0, 1). */
  draw(): number;
}

/**
 * Route 53 developer guide, "How Amazon Route 53 chooses records when health checking is configured": the healthy ones
 * count; where none is healthy, all do, and of a failover pair the primary.
 */
export function chooseSet(sets: readonly IndexedSet[], view: ChoiceView): IndexedSet | undefined {
  const [first] = sets;
  if (!first?.routing) return first;
  const healthy = sets.filter((set) => view.healthy(set));
  if (first.routing.policy === 'weighted') return byWeight(healthy.length > 0 ? healthy : sets, view.draw());
  return inRole(healthy, 'primary') ?? inRole(healthy, 'secondary') ?? inRole(sets, 'primary') ?? first;
}

/** A weight of 0 counts only where no other does; then all are equal. */
function byWeight(sets: readonly IndexedSet[], draw: number): IndexedSet | undefined {
  const total = sets.reduce((sum, set) => sum + weightOf(set), 0);
  if (total === 0) return sets[Math.floor(draw * sets.length)];
  let left = draw * total;
  return sets.find((set) => {
    left -= weightOf(set);
    return left < 0;
  });
}

function weightOf({ routing }: IndexedSet): number {
  return routing?.policy === 'weighted' ? routing.weight : 0;
}

function inRole(sets: readonly IndexedSet[], role: 'primary' | 'secondary'): IndexedSet | undefined {
  return sets.find(({ routing }) => routing?.policy === 'failover' && routing.role === role);
}
