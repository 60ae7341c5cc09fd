import { readFile, readlink } from 'node:fs/promises';
import type { NetworkPlane } from '../../../../local/network/network.ts';
import type { DatabasePlane } from '../../../../local/rds/contract.ts';
import { freeze, thaw } from '../../../../local/rds/freeze.ts';
import { processesOf, sendTo } from '../../../../local/rds/processes.ts';
import type { Disturbance, Target } from './schedule.ts';

export interface Disturbed {
  readonly plane: DatabasePlane;
  readonly network: NetworkPlane;
}

/** Ends what was begun. */
export type Undo = () => Promise<void>;

/** Past the plane, so that it has to find out for itself. Answers with what there was to disturb, and how to end it. */
export async function disturb(
  { plane, network }: Disturbed,
  disturbance: Disturbance,
  id: string,
): Promise<{ readonly done: string; readonly undo?: Undo }> {
  switch (disturbance.kind) {
    case 'failover':
    case 'restart': {
      const how = { forceFailover: disturbance.kind === 'failover' };
      return plane.reboot('db', how).then(
        () => ({ done: 'accepted' }),
        (error: Error) => ({ done: error.message }),
      );
    }
    case 'network': {
      const { hop, effect } = disturbance;
      await network.break(id, { plane: 'network', hop, effect: { kind: effect } });
      return { done: 'broken', undo: () => network.mend(id) };
    }
    default:
      return signalTo(await processesAt(plane, disturbance.target), disturbance.kind);
  }
}

interface Found {
  readonly postmaster: number;
  readonly dataDirectory: string;
  /** All of its processes, or these. */
  readonly only?: readonly number[];
}

async function signalTo(
  found: Found | undefined,
  kind: 'kill' | 'freeze',
): Promise<{ readonly done: string; readonly undo?: Undo }> {
  if (!found) return { done: 'nobody there' };
  const { only } = found;
  if (kind === 'freeze' && !only) {
    await freeze(found, 5000);
    return { done: `all of ${found.postmaster}`, undo: () => thaw(found) };
  }
  const children = only ?? (await processesOf(found.postmaster, found.dataDirectory));
  const pids = only ? children : [found.postmaster, ...children];
  for (const pid of pids) sendTo(pid, kind === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  const done = pids.join(' ');
  if (kind === 'kill') return { done };
  return { done, undo: async () => pids.forEach((pid) => void sendTo(pid, 'SIGCONT')) };
}

async function processesAt(plane: DatabasePlane, target: Target): Promise<Found | undefined> {
  const [role, process] = target.split('-') as [role: 'primary' | 'standby', process?: keyof typeof titles];
  const postmaster = plane.describe('db')[role]?.pid;
  if (postmaster === undefined) return undefined;
  const dataDirectory = await readlink(`/proc/${postmaster}/cwd`).catch(() => undefined);
  if (dataDirectory === undefined) return undefined;
  if (process === undefined) return { postmaster, dataDirectory };
  const only =
    process === 'postmaster' ? [postmaster] : await titled(titles[process], postmaster, dataDirectory);
  return only.length > 0 ? { postmaster, dataDirectory, only: only.slice(0, 1) } : undefined;
}

/** As PostgreSQL names its processes. */
const titles = {
  postmaster: '',
  backend: 'postgres: hub ',
  walsender: 'postgres: walsender ',
  walreceiver: 'postgres: walreceiver ',
} as const;

async function titled(title: string, postmaster: number, dataDirectory: string): Promise<readonly number[]> {
  const pids = await processesOf(postmaster, dataDirectory);
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => lines[index]?.startsWith(title));
}
