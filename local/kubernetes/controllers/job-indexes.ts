import type { V1Job, V1Pod } from '@kubernetes/client-node';

/** Label and annotation of a pod of an Indexed Job. */
export const indexKey = 'batch.kubernetes.io/job-completion-index';
/** How often the index had failed when the pod was made; with `backoffLimitPerIndex` only. */
export const failureCountKey = 'batch.kubernetes.io/job-index-failure-count';

export function isIndexed({ spec }: V1Job): boolean {
  return spec?.completionMode === 'Indexed';
}

/** Undefined when the pod has none. */
export function indexOf({ metadata }: V1Pod): number | undefined {
  return numberAt(metadata?.annotations?.[indexKey]);
}

export function failureCountOf({ metadata }: V1Pod): number {
  return numberAt(metadata?.annotations?.[failureCountKey]) ?? 0;
}

/** `0-2,5` as the status has it. */
export function parseIndexes(text: string | undefined): Set<number> {
  const parts = (text ?? '').split(',').filter(Boolean);
  return new Set(
    parts.flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
    }),
  );
}

/** Two in a row stay two, three and more become a range. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const runs: number[][] = [];
  for (const index of [...indexes].sort((left, right) => left - right)) {
    const run = runs.at(-1);
    if (run?.at(-1) === index - 1) run.push(index);
    else runs.push([index]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join(','))).join(',');
}

function numberAt(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
