import { readdirSync, readFileSync } from 'node:fs';

/** One line of the process table (proc(5)). */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** `T` is stopped, `Z` has ended. */
  readonly state: string;
}

/** Of every process there is; one that ends meanwhile is left out. */
export function readProcessTable(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => parseStat(readProc(`/proc/${name}/stat`)) ?? []);
}

/** The processes of the leaders' sessions and all that descend from them, also those that left the session. */
export function processesOf(
  leaders: readonly number[],
  table: readonly ProcessEntry[] = readProcessTable(),
): ProcessEntry[] {
  const found = new Map<number, ProcessEntry>();
  let next = table.filter(({ pid, session }) => leaders.includes(pid) || leaders.includes(session));
  while (next.length > 0) {
    for (const entry of next) found.set(entry.pid, entry);
    next = table.filter(({ pid, parent }) => found.has(parent) && !found.has(pid));
  }
  return [...found.values()];
}

/** Undefined once the process is gone. */
export function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

export function parseStat(stat: string | undefined): ProcessEntry | undefined {
  if (stat === undefined) return undefined;
  // The name, in parentheses, may hold spaces: fields are counted from behind it.
  const [state = '', parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid: Number.parseInt(stat, 10), parent: Number(parent), session: Number(session), state };
}
