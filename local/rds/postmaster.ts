import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import type { Binaries } from './binaries.ts';
import type { ServerProcess } from './contract.ts';
import { freeze, thaw } from './freeze.ts';
import type { ServerRemains } from './power-off.ts';
import { killServer, powerOff } from './power-off.ts';
import { sendTo } from './processes.ts';
import type { ServiceAccount } from './service-account.ts';

export interface PostmasterHost {
  readonly clock: Clock;
  readonly binaries: Binaries;
  readonly account: ServiceAccount;
  onProcess(process: ServerProcess): void;
}

/** The processes of one server: how they start, stand still and end. */
export class Postmaster {
  readonly #host: PostmasterHost;
  readonly #directory: string;
  readonly #dataDirectory: string;
  readonly #onExit: () => void;
  #pid: number | undefined;
  #frozen: readonly number[] = [];

  constructor(host: PostmasterHost, directory: string, onExit: () => void) {
    this.#host = host;
    this.#directory = directory;
    this.#dataDirectory = `${directory}/data`;
    this.#onExit = onExit;
  }

  /** While it runs. */
  get pid(): number | undefined {
    return this.#pid;
  }

  async start(): Promise<void> {
    const { binaries, account } = this.#host;
    const directory = this.#directory;
    const log = openSync(`${directory}/log`, 'a', 0o600);
    const files = [
      '-c',
      `config_file=${directory}/postgresql.conf`,
      '-c',
      `hba_file=${directory}/pg_hba.conf`,
    ];
    // In a session of its own: a Ctrl-C in the terminal is a fast shutdown to PostgreSQL (design §4).
    const child = spawn(binaries.postgres, ['-D', this.#dataDirectory, ...files], {
      ...account,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin', HOME: directory },
    });
    closeSync(log);
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    const pid = child.pid;
    if (pid === undefined) throw new Error(`Cannot start "${directory}": expected a process id`);
    this.#pid = pid;
    this.#report('started', pid);
    child.once('exit', () => {
      this.#pid = undefined;
      this.#report('ended', pid);
      this.#onExit();
    });
  }

  send(signal: NodeJS.Signals): void {
    sendTo(this.#pid, signal);
  }

  /** May be called twice, on a server in any state; see `powerOff` for what it guarantees. */
  async powerOff(): Promise<void> {
    await powerOff(this.#remains());
    this.#releaseFrozen();
  }

  kill(): Promise<void> {
    return killServer(this.#remains());
  }

  async freeze(postmaster: number): Promise<void> {
    const dataDirectory = this.#dataDirectory;
    const children = await freeze({ postmaster, dataDirectory }, this.#timeoutWallMs());
    // A child that stands still does not follow its postmaster when that dies with the stack.
    for (const pid of children) this.#report('started', pid);
    this.#frozen = [...this.#frozen, ...children];
  }

  /** Nothing happens when it runs, or is gone. */
  async thaw(): Promise<void> {
    if (this.#pid !== undefined) await thaw({ postmaster: this.#pid, dataDirectory: this.#dataDirectory });
    this.#releaseFrozen();
  }

  #remains(): ServerRemains {
    return {
      postmaster: () => this.#pid,
      dataDirectory: this.#dataDirectory,
      timeoutWallMs: this.#timeoutWallMs(),
    };
  }

  #releaseFrozen(): void {
    for (const pid of this.#frozen) this.#report('ended', pid);
    this.#frozen = [];
  }

  #report(state: ServerProcess['state'], pid: number): void {
    this.#host.onProcess({ state, pid, dataDirectory: this.#dataDirectory });
  }

  #timeoutWallMs(): number {
    return this.#host.clock.ioTimeoutWallMs(patienceMs);
  }
}

const patienceMs = 300_000;
