import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackDescriptor } from '../../../provisioning/stack.ts';
import type { JournalEvent } from '../../../reports/journal.ts';
import { journalName, readJournal } from '../../../reports/journal.ts';
import type { Report } from '../../../reports/report.ts';
import { repositoryRoot } from '../../repository.ts';
import { until } from './until.ts';

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** What the command is called through: `unshare -n`, `setpriv`. */
  readonly through?: readonly string[];
  /** Another copy of the software than this one. */
  readonly repository?: string;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  /** To every process of the group, as a terminal's Ctrl-C does. */
  signal(name: NodeJS.Signals): void;
  /** What it said on stderr until now. */
  said(): string;
  readonly ended: Promise<Ended>;
}

/** A directory of its own to call the CLI in, with its own temporary directory; a stack left up goes with it. */
export interface Workplace extends AsyncDisposable {
  readonly path: string;
  start(args: readonly string[], options?: StartOptions): Running;
  stormproof(args: readonly string[], options?: StartOptions): Promise<Ended>;
  /** The stack of `up`, or of the latest run. */
  stack(of: 'up' | 'run'): StackDescriptor;
  report(): Report;
  /** Waits until the latest run's journal has the event, or fails with what the command said once it ended without. */
  journalled(what: string, is: (event: JournalEvent) => boolean): Promise<void>;
  temporaryFiles(): readonly string[];
}

export function openWorkplace(): Workplace {
  const path = mkdtempSync(join(tmpdir(), 'stormproof-long-'));
  const temporary = join(path, 'tmp');
  mkdirSync(temporary);
  chmodSync(path, 0o755);
  chmodSync(temporary, 0o1777);
  const latest = join(path, 'reports', 'out', 'latest');
  const open = new Set<Running>();
  let lastWords = '';
  const start = (args: readonly string[], options: StartOptions = {}): Running => {
    const running = startCommand(args, { cwd: path, temporary, ...options });
    open.add(running);
    void running.ended.then(({ stdout, stderr }) => {
      open.delete(running);
      lastWords = `${stderr}\n${stdout}`;
    });
    return running;
  };
  const stackFile = { up: join(path, '.stormproof', 'stack.json'), run: join(latest, 'stack.json') };
  return {
    path,
    start,
    stormproof: (args, options) => start(args, options).ended,
    stack: (of) => JSON.parse(readFileSync(stackFile[of], 'utf8')) as StackDescriptor,
    report: () => JSON.parse(readFileSync(join(latest, 'report.json'), 'utf8')) as Report,
    journalled: async (what, is) => {
      await until(what, 120_000, () => {
        const ended = open.size === 0;
        if (existsSync(join(latest, journalName)) && readJournal(latest).events.some(is)) return true;
        if (ended) throw new Error(`Expected ${what}, but the run ended without it: ${lastWords}`);
        return false;
      });
    },
    temporaryFiles: () => readdirSync(temporary),
    [Symbol.asyncDispose]: async () => {
      for (const running of [...open]) {
        running.signal('SIGTERM');
        await running.ended;
      }
      if (existsSync(stackFile.up)) await start(['down']).ended;
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function startCommand(
  args: readonly string[],
  {
    cwd,
    temporary,
    environment,
    through = [],
    repository = repositoryRoot,
  }: StartOptions & { readonly cwd: string; readonly temporary: string },
): Running {
  const node = join(repository, 'node_modules', '.bin', 'node');
  const [program = node, ...rest] = [...through, node, join(repository, 'scripts', 'stormproof.ts'), ...args];
  const { PATH, HOME, LANG, NODE_DEBUG } = process.env;
  const child = spawn(program, rest, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, LANG, NODE_DEBUG, TMPDIR: temporary, ...environment },
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`Cannot start ${program}: it gave no process`);
  return {
    pid,
    signal: (name) => void process.kill(-pid, name),
    said: () => said.stderr,
    ended: once(child, 'close').then(([exitCode]) => ({ exitCode, ...said })),
  };
}
