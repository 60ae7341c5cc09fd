import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { IssuedCertificate } from '../base/certificates.ts';
import type { Clock } from '../base/clock.ts';
import type { Binaries } from './binaries.ts';
import type { ServerProcess } from './contract.ts';
import { DatabasePlaneError } from './contract.ts';
import { powerOff } from './power-off.ts';
import type { ServiceAccount } from './service-account.ts';
import { makePrivateDirectory, writePrivateFile } from './service-account.ts';
import type { Session } from './session.ts';
import { openSession } from './session.ts';
import type { ServerSettings } from './settings.ts';
import { pgHbaConf, postgresqlConf } from './settings.ts';
import { segmentOf } from './shared-memory.ts';
import { until } from './until.ts';

/** What all servers of a plane have in common. */
export interface ServerHost {
  readonly clock: Clock;
  readonly binaries: Binaries;
  readonly account: ServiceAccount;
  readonly caPem: string;
  /** A fresh directory with a short path. */
  allocateDirectory(): string;
  allocateAddress(): string;
  onProcess(process: ServerProcess): void;
}

export type ChangeableSettings = Pick<
  ServerSettings,
  'parameters' | 'synchronousStandby' | 'follows' | 'replication'
>;

/** One PostgreSQL server: a directory with `data/`, its configuration, its key, its socket and its log. */
export class PostgresServer {
  readonly address: string;
  readonly zone: string;
  readonly port: number;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly #host: ServerHost;
  readonly #onUnexpectedExit: (server: PostgresServer) => void;
  #pid: number | undefined;
  #segment: number | undefined;
  #stopping = false;
  #settings: ChangeableSettings | undefined;

  constructor(
    host: ServerHost,
    place: { readonly address: string; readonly zone: string; readonly port: number },
    onUnexpectedExit: (server: PostgresServer) => void,
  ) {
    this.#host = host;
    this.#onUnexpectedExit = onUnexpectedExit;
    this.address = place.address;
    this.zone = place.zone;
    this.port = place.port;
    this.directory = host.allocateDirectory();
    this.dataDirectory = `${this.directory}/data`;
  }

  /** The postmaster while it runs. */
  get pid(): number | undefined {
    return this.#pid;
  }

  get settings(): ChangeableSettings {
    if (this.#settings) return this.#settings;
    throw new Error(`Cannot read the settings of "${this.directory}": expected a server that was configured`);
  }

  /** Where a standby finds the certificate to trust. */
  get caFile(): string {
    return `${this.directory}/ca.crt`;
  }

  async prepare(certificate: IssuedCertificate): Promise<void> {
    const { account, caPem } = this.#host;
    await makePrivateDirectory(this.directory, account);
    const chain = `${certificate.certificatePem.trimEnd()}\n${certificate.chainPem.trimEnd()}\n`;
    await writePrivateFile(`${this.directory}/server.crt`, chain, account);
    await writePrivateFile(`${this.directory}/server.key`, certificate.privateKeyPem, account);
    await writePrivateFile(this.caFile, caPem, account);
  }

  /** Writes the configuration; a running server reads it at `reload`, or at its next start. */
  async configure(change: Partial<ChangeableSettings>): Promise<void> {
    const settings = { parameters: {}, replication: true, ...this.#settings, ...change };
    const { address, port, directory: socketDirectory } = this;
    const all = { ...settings, address, port, socketDirectory };
    await this.#replaceFile('postgresql.conf', postgresqlConf(all));
    await this.#replaceFile('pg_hba.conf', pgHbaConf(all));
    this.#settings = settings;
  }

  /** Lets the server's own parser read the file, so that a bad value is refused now and not at the next start. */
  async checkConfiguration(): Promise<void> {
    const { binaries, account } = this.#host;
    const file = ['-c', `config_file=${this.directory}/postgresql.conf`];
    try {
      await run(binaries.postgres, ['-D', this.dataDirectory, ...file, '-C', 'port'], {
        ...account,
        cwd: '/',
      });
    } catch (cause) {
      const said = String((cause as { stderr?: unknown }).stderr ?? cause)
        .split('\n')
        .flatMap((line) => line.match(/LOG: +(.*)/)?.[1] ?? []);
      const message = `Cannot set DB parameters: ${said.join('; ') || String(cause)}`;
      throw new DatabasePlaneError('InvalidParameter', message, { cause });
    }
  }

  /** Resolves when the server's process runs; `answering` waits for more. */
  async start(): Promise<void> {
    const { binaries, account, onProcess } = this.#host;
    const { directory, dataDirectory } = this;
    const log = openSync(`${directory}/log`, 'a', 0o600);
    const files = [
      '-c',
      `config_file=${directory}/postgresql.conf`,
      '-c',
      `hba_file=${directory}/pg_hba.conf`,
    ];
    // In a session of its own: a Ctrl-C in the terminal is a fast shutdown to PostgreSQL (design §4).
    const child = spawn(binaries.postgres, ['-D', dataDirectory, ...files], {
      ...account,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin', HOME: directory },
    });
    closeSync(log);
    this.#stopping = false;
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    const pid = child.pid;
    if (pid === undefined) throw new Error(`Cannot start "${directory}": expected a process id`);
    this.#pid = pid;
    onProcess({ state: 'started', pid, dataDirectory });
    child.once('exit', () => {
      this.#pid = undefined;
      onProcess({ state: 'ended', pid, dataDirectory });
      if (!this.#stopping) this.#onUnexpectedExit(this);
    });
  }

  /** Waits until the server takes writes: it has started, recovered, and is no standby any more. */
  async answering(signal: AbortSignal): Promise<void> {
    const look = async () => {
      if (this.#pid === undefined) throw await this.#didNotStart();
      const recovering = await this.#isInRecovery(signal).catch((error: Error) => error);
      if (recovering === false) return { value: undefined };
      return { seen: recovering instanceof Error ? recovering.message : 'a server in recovery' };
    };
    await until(look, { what: `"${this.address}" to take writes`, ...this.#patience(signal) });
    this.#segment = await segmentOf(this.dataDirectory);
  }

  /** A standby takes no connections; its lock file says when it follows. */
  async following(signal: AbortSignal): Promise<void> {
    const look = async () => {
      if (this.#pid === undefined) throw await this.#didNotStart();
      const lock = await readFile(`${this.dataDirectory}/postmaster.pid`, 'utf8').catch(() => '');
      const state = lock.split('\n')[7]?.trim() ?? '';
      return state === 'standby' ? { value: undefined } : { seen: `state "${state}"` };
    };
    await until(look, { what: `"${this.address}" to follow`, ...this.#patience(signal) });
    this.#segment = await segmentOf(this.dataDirectory);
  }

  session(signal: AbortSignal, database?: string): Promise<Session> {
    const connectTimeoutWallMs = this.#host.clock.ioTimeoutWallMs(connectTimeoutMs);
    return openSession(
      { socketDirectory: this.directory, port: this.port, database },
      { connectTimeoutWallMs, signal },
    );
  }

  reload(): void {
    if (this.#pid !== undefined) process.kill(this.#pid, 'SIGHUP');
  }

  /** What `pg_ctl promote` does: a standby without hot standby has no SQL to ask by. */
  async promote(signal: AbortSignal): Promise<void> {
    if (this.#pid === undefined) throw await this.#didNotStart();
    // The postmaster may look, and take the file away, at any moment: it has to appear whole.
    await this.#replaceFile('data/promote', '');
    process.kill(this.#pid, 'SIGUSR1');
    await this.answering(signal);
  }

  /** A fast shutdown: sessions end, a checkpoint is written, the standby has it all. */
  async shutDown(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    if (this.#pid !== undefined) process.kill(this.#pid, 'SIGINT');
    const look = async () => (this.#pid === undefined ? { value: undefined } : { seen: 'a running server' });
    await until(look, { what: `"${this.address}" to shut down`, ...this.#patience(signal) });
  }

  /** May be called twice, on a server in any state; see `powerOff` for what it guarantees. */
  async powerOff(): Promise<void> {
    this.#stopping = true;
    const { dataDirectory } = this;
    const timeoutWallMs = this.#host.clock.ioTimeoutWallMs(patienceMs);
    const sharedMemorySegment = this.#segment;
    await powerOff({ postmaster: () => this.#pid, dataDirectory, sharedMemorySegment, timeoutWallMs });
    this.#segment = undefined;
  }

  async remove(): Promise<void> {
    await this.powerOff();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #replaceFile(name: string, text: string): Promise<void> {
    const { account } = this.#host;
    await writePrivateFile(`${this.directory}/${name}.new`, text, account);
    await rename(`${this.directory}/${name}.new`, `${this.directory}/${name}`);
  }

  async #isInRecovery(signal: AbortSignal): Promise<boolean> {
    await using session = await this.session(signal);
    const rows = await session.query<{ recovering: boolean }>('select pg_is_in_recovery() as recovering');
    return rows[0]?.recovering ?? true;
  }

  async #didNotStart(): Promise<Error> {
    const log = await readFile(`${this.directory}/log`, 'utf8').catch(() => '');
    const tail = log.trimEnd().split('\n').slice(-5).join(' | ');
    return new DatabasePlaneError('CannotStart', `Cannot start PostgreSQL at "${this.address}": ${tail}`);
  }

  #patience(signal: AbortSignal): { timeoutWallMs: number; signal: AbortSignal } {
    return { timeoutWallMs: this.#host.clock.ioTimeoutWallMs(patienceMs), signal };
  }
}

const run = promisify(execFile);
/** Five minutes: crash recovery is bounded by `max_wal_size`, and a busy machine is slow. */
const patienceMs = 300_000;
const connectTimeoutMs = 30_000;
