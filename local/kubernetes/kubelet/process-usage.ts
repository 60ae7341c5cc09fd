import { readProc } from './process-table.ts';

export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** CPU time and resident memory of a process and everything it started; undefined once it is gone (proc(5)). */
export function readUsage(pid: number): ProcessUsage | undefined {
  const own = readOne(pid);
  if (!own) return undefined;
  return childrenOf(pid).reduce<ProcessUsage>((sum, child) => {
    const usage = readUsage(child);
    return usage ? add(sum, usage) : sum;
  }, own);
}

/** USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
const pageBytes = 4096;

function readOne(pid: number): ProcessUsage | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name, in parentheses, may hold spaces: fields are counted from behind it; the first is number 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  // utime, stime, and those of children waited for.
  const ticks = field(14) + field(15) + field(16) + field(17);
  return { cpuSeconds: ticks / ticksPerSecond, memoryBytes: field(24) * pageBytes };
}

function childrenOf(pid: number): number[] {
  const text = readProc(`/proc/${pid}/task/${pid}/children`) ?? '';
  return text.split(' ').filter(Boolean).map(Number);
}

function add(left: ProcessUsage, right: ProcessUsage): ProcessUsage {
  return {
    cpuSeconds: left.cpuSeconds + right.cpuSeconds,
    memoryBytes: left.memoryBytes + right.memoryBytes,
  };
}
