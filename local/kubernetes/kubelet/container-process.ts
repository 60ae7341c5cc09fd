import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { ContainerLog } from './container-log.ts';
import { lifelineVariable } from './lifeline.ts';
import { sendSignal } from './send-signal.ts';

/** What stands for the network namespace of a pod. */
export interface PodNetwork {
  readonly podIP: string;
  readonly dnsServer: { readonly address: string; readonly port: number };
  readonly dnsTimeoutWallMs: number;
  readonly hostname: string;
}

export interface ProcessExit {
  readonly exitCode: number;
  readonly signal: number | undefined;
}

/** One running container: a process group of its own, in its own session. */
export interface ContainerProcess {
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  /** To the main process, as a runtime signals a container. */
  signal(name: NodeJS.Signals): void;
  /** To every process of the group. */
  signalGroup(name: NodeJS.Signals): void;
}

/** The command is not a program that a pod can run here. */
export class NotExecutableError extends Error {}

export interface StartProcessOptions {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  readonly network: PodNetwork;
  readonly log: ContainerLog;
}

/** Starts the container's process. It ends by itself when this process is gone: fd 3 is its lifeline. */
export async function startProcess(options: StartProcessOptions): Promise<ContainerProcess> {
  const { environment, workingDirectory = '/', log } = options;
  const child = spawn(process.execPath, nodeArguments(options), {
    cwd: workingDirectory,
    env: { ...environment, [lifelineVariable]: '3' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  collect(child, log);
  try {
    await once(child, 'spawn');
  } catch (error) {
    // A working directory that is not there, most often.
    throw new NotExecutableError(`failed to start container process: ${error}`, { cause: error });
  }
  const { pid } = child;
  if (pid === undefined) throw new Error('Cannot start a container: its process has no identifier');
  return {
    pid,
    exited: exitOf(child, pid, log),
    signal: (name) => sendSignal(pid, name),
    signalGroup: (name) => sendSignal(-pid, name),
  };
}

/** Arguments for this machine's Node that make it run a container's command inside the pod's network. */
export function nodeArguments({
  command,
  network,
}: Pick<StartProcessOptions, 'command' | 'network'>): string[] {
  const [program = '', ...rest] = command;
  const script = basename(program) === 'node' ? rest : isScript(program) ? [program, ...rest] : undefined;
  if (!script) {
    throw new NotExecutableError(
      `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "${program}": executable file not found in $PATH`,
    );
  }
  return ['--import', preloadUrl(network), ...script];
}

/** Numbers as kernel and runtime give them: 128 + signal for a process that one ended. */
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

function isScript(program: string): boolean {
  return /\.[cm]?[jt]s$/.test(program);
}

/** In the URL, so that threads and forks of the application are confined too, and its environment stays its own. */
function preloadUrl({ podIP, dnsServer, dnsTimeoutWallMs, hostname }: PodNetwork): string {
  const url = new URL('./pod-environment.ts', import.meta.url);
  url.searchParams.set('address', podIP);
  url.searchParams.set('dns', `${dnsServer.address}:${dnsServer.port}`);
  url.searchParams.set('dnsTimeoutMs', String(dnsTimeoutWallMs));
  url.searchParams.set('hostname', hostname);
  return url.href;
}

function collect(child: ChildProcess, log: ContainerLog): void {
  for (const stream of [child.stdout, child.stderr]) {
    const write = log.stream();
    stream?.on('data', (chunk: Buffer) => write(chunk));
    stream?.once('close', () => write(undefined));
    stream?.on('error', () => stream.destroy());
  }
  // Nothing is ever written to the lifeline; its end is all it says.
  child.stdio[3]?.on('error', () => child.stdio[3]?.destroy());
}

async function exitOf(child: ChildProcess, pid: number, log: ContainerLog): Promise<ProcessExit> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  // The end of process 1 ends its PID namespace.
  sendSignal(-pid, 'SIGKILL');
  child.stdio[3]?.destroy();
  await drained(child);
  log.end();
  const number = signal ? (signalNumbers[signal] ?? 0) : undefined;
  return { exitCode: number === undefined ? (code ?? 0) : 128 + number, signal: number };
}

function drained(child: ChildProcess): Promise<unknown> {
  const open = [child.stdout, child.stderr].filter((stream) => stream && !stream.closed);
  return Promise.all(open.map((stream) => stream && once(stream, 'close')));
}
