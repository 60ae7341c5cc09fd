import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** A process of a pod as the kernel has it (proc(5)). */
export interface PodProcess {
  readonly pid: number;
  readonly state: string;
  readonly cpuTicks: number;
  readonly residentBytes: number;
  readonly openFiles: number;
  readonly mayOpen: number;
}

/** Processes that were told, by their environment, that they are that pod's. */
export function processesOfPod(pod: string): readonly PodProcess[] {
  return processesWhere('environ', (told) => told.includes(`POD_NAME=${pod}`));
}

/** Processes that were started to use up something beside a pod's own. */
export function stressors(): readonly PodProcess[] {
  return processesWhere('cmdline', (words) => words.some((word) => word.endsWith('/stress-program.ts')));
}

/** CPUs that processes keep busy, over a second. */
export async function cpusOf(processes: () => readonly PodProcess[]): Promise<number> {
  const ticks = () => processes().reduce((total, { cpuTicks }) => total + cpuTicks, 0);
  const before = ticks();
  const startedMs = performance.now();
  await wait(1000);
  // USER_HZ is 100 on every Linux that Node runs on.
  return (ticks() - before) / 100 / ((performance.now() - startedMs) / 1000);
}

function processesWhere(
  file: 'environ' | 'cmdline',
  is: (texts: readonly string[]) => boolean,
): readonly PodProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return is(readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0'))
          ? [readPodProcess(Number(pid))]
          : [];
      } catch (error) {
        if (error instanceof Error && 'code' in error && /ENOENT|ESRCH|EACCES/.test(String(error.code)))
          return [];
        throw error;
      }
    });
}

function readPodProcess(pid: number): PodProcess {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
  return {
    pid,
    state: fields[0] ?? '',
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    residentBytes: Number(fields[21]) * 4096,
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
    mayOpen: Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]),
  };
}
