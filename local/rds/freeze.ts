import { processesOf, sendTo, standsStill } from './processes.ts';
import { until } from './until.ts';

interface Freezable {
  readonly postmaster: number;
  readonly dataDirectory: string;
}

/**
 * SIGSTOP to every process of a server, the postmaster first, so that it cannot fork one more. Returns its children
 * when all stand still: a signal is only asked for by kill(2), not delivered.
 */
export async function freeze(
  { postmaster, dataDirectory }: Freezable,
  timeoutWallMs: number,
): Promise<readonly number[]> {
  const look = async () => {
    sendTo(postmaster, 'SIGSTOP');
    const children = await processesOf(postmaster, dataDirectory);
    for (const pid of children) sendTo(pid, 'SIGSTOP');
    const still = await Promise.all([postmaster, ...children].map(standsStill));
    if (still.every(Boolean)) return { value: children };
    return { seen: `${still.filter((stands) => !stands).length} processes that run` };
  };
  const signal = new AbortController().signal;
  return until<readonly number[]>(look, { what: `"${dataDirectory}" to stand still`, timeoutWallMs, signal });
}

export async function thaw({ postmaster, dataDirectory }: Freezable): Promise<void> {
  for (const pid of await processesOf(postmaster, dataDirectory)) sendTo(pid, 'SIGCONT');
  sendTo(postmaster, 'SIGCONT');
}
