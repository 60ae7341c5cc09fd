import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mountsBelow } from '../../../local/base/remove-directory.ts';
import type { StackDescriptor } from '../../../provisioning/stack.ts';

/** A process as it can be told from a later one of the same number. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly owner: number;
  readonly startTicks: string;
  readonly command: string;
}

/** Every process of a stack: what descends from its own, and whatever works in its directory or was told of it. */
export function processesOf({ owned }: Pick<StackDescriptor, 'owned'>): readonly Process[] {
  const all = runningProcesses();
  const members = new Set(all.filter(({ pid }) => pid === owned.pid || mentions(pid, owned.directory)));
  for (let size = -1; size !== members.size; ) {
    size = members.size;
    const pids = new Set([...members].map(({ pid }) => pid));
    for (const process of all) if (pids.has(process.parent)) members.add(process);
  }
  return [...members];
}

/** The stack that a runner is standing up: there is no descriptor yet, but the keeper knows the directory. */
export function stackUnderWay(runner: number): Pick<StackDescriptor, 'owned'> {
  const commands = processesOf({ owned: { pid: runner } }).map(({ command }) => command);
  const [directory] = commands.flatMap((command) => /\S+stormproof-stack-\w+/.exec(command) ?? []);
  if (!directory) throw new Error(`Cannot find the stack of process ${runner}: ${commands.join('; ')}`);
  return { owned: { pid: runner, directory } };
}

/** What is still there of the processes seen before, of the directory and of what was mounted in it; empty when nothing was left behind. */
export function leftOf(
  { owned }: Pick<StackDescriptor, 'owned'>,
  seen: readonly Process[],
): readonly string[] {
  const same = ({ pid, startTicks }: Process) =>
    seen.some((before) => before.pid === pid && before.startTicks === startTicks);
  const processes = runningProcesses().filter(
    (process) => same(process) || mentions(process.pid, owned.directory),
  );
  const directory = owned.directory && existsSync(owned.directory) ? [owned.directory] : [];
  const mounts = owned.directory ? mountsBelow(owned.directory) : [];
  return [...processes.map(({ pid, command }) => `${pid} ${command}`), ...directory, ...mounts];
}

function runningProcesses(): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** proc(5): the command's name may hold spaces and parentheses, so fields are counted from the last one. */
function readProcess(pid: number): Process | undefined {
  const stat = readOf(pid, 'stat');
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const owner = /^Uid:\t(\d+)/m.exec(readOf(pid, 'status'))?.[1];
  if (!state || !owner || state === 'Z' || state === 'X') return undefined;
  const command = readOf(pid, 'cmdline').replaceAll('\0', ' ').trim();
  return { pid, parent: Number(parent), owner: Number(owner), startTicks: rest[17] ?? '', command };
}

function mentions(pid: number, directory: string | undefined): boolean {
  if (directory === undefined || pid === process.pid) return false;
  return [readOf(pid, 'cmdline'), readOf(pid, 'environ'), cwdOf(pid)].some((text) =>
    text.includes(directory),
  );
}

/** Empty when the process ended meanwhile or is not ours to look into. */
function readOf(pid: number, file: string): string {
  return orEmpty(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
}

function cwdOf(pid: number): string {
  return orEmpty(() => readlinkSync(`/proc/${pid}/cwd`));
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && /ENOENT|ESRCH|EACCES|EPERM/.test(String(error.code)))
      return '';
    throw error;
  }
}
