import { execFile } from 'node:child_process';
import { readFile, rename, rm } from 'node:fs/promises';
import { debuglog, promisify } from 'node:util';
import type { IssuedCertificate } from '../base/certificates.ts';
import type { Network } from '../base/network.ts';
import type { IamAuthentication } from './contract.ts';
import { DatabasePlaneError } from './contract.ts';
import type { EntrancePlace, Entrances } from './entrances.ts';
import { createEntrances, innerPorts } from './entrances.ts';
import type { Front } from './iam/front.ts';
import { createFront } from './iam/front.ts';
import type { TokenLogin } from './iam/token-login.ts';
import type { PostmasterHost } from './postmaster.ts';
import { Postmaster } from './postmaster.ts';
import { makePrivateDirectory, writePrivateFile } from './service-account.ts';
import type { Session } from './session.ts';
import { openSession } from './session.ts';
import type { ServerSettings } from './settings.ts';
import { pgHbaConf, postgresqlConf } from './settings.ts';
import { until } from './until.ts';
import type { Volume } from './volume.ts';

/** What all servers of a plane have in common. */
export interface ServerHost extends PostmasterHost {
  readonly caPem: string;
  /** What stands between servers and those who connect; absent: nothing. */
  readonly network?: Pick<Network, 'relay'>;
  /** Whether an instance lets this source address in; absent: everybody. */
  readonly admits?: ((identifier: string, source: string) => boolean) | undefined;
  /** Absent: nobody logs in by token. */
  readonly iam?: IamAuthentication | undefined;
  /** Gives the directory a file system of its own; absent: nothing can be mounted here. */
  readonly mountVolume?: ((directory: string) => Promise<Volume>) | undefined;
  /** A fresh directory with a short path. */
  allocateDirectory(): string;
  allocateAddress(): string;
}

export type ChangeableSettings = Pick<
  ServerSettings,
  | 'parameters'
  | 'synchronousStandby'
  | 'quorum'
  | 'hotStandby'
  | 'follows'
  | 'replication'
  | 'durable'
  | 'admitsClients'
  | 'archiveCommand'
  | 'recovery'
>;

/** One PostgreSQL server: a directory with `data/`, its configuration, its key, its socket and its log. */
export class PostgresServer {
  readonly address: string;
  readonly zone: string;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly #host: ServerHost;
  readonly #onUnexpectedExit: (server: PostgresServer) => void;
  readonly #postmaster: Postmaster;
  #stopping = false;
  #serving = false;
  /** Ended when the server is given up, and with it whatever waits for an answer. */
  #patient = new AbortController();
  readonly #entrances: Entrances;
  #settings: ChangeableSettings | undefined;
  #certificate: IssuedCertificate | undefined;
  #volume: Volume | undefined;

  constructor(
    host: ServerHost,
    place: EntrancePlace & { readonly zone: string },
    onUnexpectedExit: (server: PostgresServer) => void,
  ) {
    this.#host = host;
    this.#onUnexpectedExit = onUnexpectedExit;
    this.address = place.address;
    this.zone = place.zone;
    this.directory = host.allocateDirectory();
    this.#entrances = createEntrances(place, host.network, place.tokens && this.#frontOf(place.tokens));
    this.#postmaster = new Postmaster(host, this.directory, () => this.#ended());
    this.dataDirectory = `${this.directory}/data`;
  }

  /** The postmaster, while it runs. */
  get pid(): number | undefined {
    return this.#postmaster.pid;
  }

  /** It has taken writes since it started, and nobody has asked it to end. */
  get serving(): boolean {
    return this.#serving;
  }

  /** What the data is on; its configuration, its key and its log are not. */
  get volume(): Volume | undefined {
    return this.#volume;
  }

  /** Where a standby of this server connects. */
  get replicationPort(): number {
    return this.#entrances.replicationPort;
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
    this.#certificate = certificate;
    await makePrivateDirectory(this.directory, account);
    this.#volume = await this.#host.mountVolume?.(this.dataDirectory);
    const chain = `${certificate.certificatePem.trimEnd()}\n${certificate.chainPem.trimEnd()}\n`;
    await writePrivateFile(`${this.directory}/server.crt`, chain, account);
    await writePrivateFile(`${this.directory}/server.key`, certificate.privateKeyPem, account);
    await writePrivateFile(this.caFile, caPem, account);
  }

  /** Writes the configuration; a running server reads it at `reload`, or at its next start. */
  async configure(change: Partial<ChangeableSettings>): Promise<void> {
    const settings = { ...ordinary, ...this.#settings, ...change };
    const { address, directory: socketDirectory } = this;
    const all = { ...settings, address, port: this.#entrances.serverPort, socketDirectory };
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
    this.#stopping = false;
    this.#patient = new AbortController();
    await this.#postmaster.start();
  }

  /** Waits until the server takes writes, and lets clients come. */
  async answering(signal: AbortSignal): Promise<void> {
    await this.#writable(signal);
    await this.admit();
  }

  /** Clients may come: this server is the primary. */
  async admit(): Promise<void> {
    if (!this.settings.admitsClients) {
      await this.configure({ admitsClients: true });
      // Before the relay listens: a postmaster reads its files before it takes the next connection.
      this.reload();
    }
    await this.#entrances.open();
    this.#serving = this.pid !== undefined && !this.#stopping;
    if (!this.#serving) await this.#entrances.shut();
  }

  /** Waits until a hot standby takes sessions, and lets clients in. */
  async readable(signal: AbortSignal): Promise<void> {
    const look = async () => {
      if (this.pid === undefined) throw await this.#didNotStart();
      const recovering = await this.#isInRecovery(signal).catch((error: Error) => error);
      if (recovering === true) return { value: undefined };
      return { seen: recovering instanceof Error ? recovering.message : 'a server that takes writes' };
    };
    await until(look, { what: `"${this.address}" to be readable`, ...this.#patience(signal) });
    await this.#entrances.open();
    if (this.pid === undefined || this.#stopping) await this.#entrances.shut();
  }

  /** It has started, recovered, and is no standby any more. */
  async #writable(signal: AbortSignal): Promise<void> {
    const patience = this.#patience(signal);
    // One that stands still in the middle of an answer is not asked by `health.ts`, for it does not serve yet.
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(patience.timeoutWallMs)]);
    const look = async () => {
      if (this.pid === undefined) throw await this.#didNotStart();
      const status = await this.#status();
      if (status !== 'ready') return { seen: `status "${status}"` };
      const recovering = await this.#isInRecovery(bounded).catch((error: Error) => error);
      if (recovering === false) return { value: undefined };
      return { seen: recovering instanceof Error ? recovering.message : 'a server in recovery' };
    };
    await until(look, { what: `"${this.address}" to take writes`, pollWallMs: readyPollWallMs, ...patience });
  }

  /** A standby takes no connections; its lock file says when it follows. */
  async following(signal: AbortSignal): Promise<void> {
    const look = async () => {
      if (this.pid === undefined) throw await this.#didNotStart();
      const status = await this.#status();
      return status === 'standby' ? { value: undefined } : { seen: `status "${status}"` };
    };
    await until(look, { what: `"${this.address}" to follow`, ...this.#patience(signal) });
  }

  /** With a time of 0, the signal alone ends the wait. */
  session(
    signal: AbortSignal,
    connectTimeoutWallMs = this.#host.clock.ioTimeoutWallMs(connectTimeoutMs),
  ): Promise<Session> {
    return openSession(
      { socketDirectory: this.directory, port: this.#entrances.serverPort },
      { connectTimeoutWallMs, signal: AbortSignal.any([signal, this.#patient.signal]) },
    );
  }

  /** Until it is started again, nobody waits for an answer of it any more. */
  giveUp(reason: Error): void {
    this.#patient.abort(reason);
  }

  /** SIGKILL to every process; the owner is told, as of any other end that nobody asked for. */
  kill(): Promise<void> {
    return this.#postmaster.kill();
  }

  /** SIGSTOP to every process. */
  async freeze(): Promise<void> {
    if (this.pid === undefined) throw await this.#didNotStart();
    await this.#postmaster.freeze(this.pid);
  }

  thaw(): Promise<void> {
    return this.#postmaster.thaw();
  }

  reload(): void {
    this.#postmaster.send('SIGHUP');
  }

  /**
   * What `pg_ctl promote` does: a standby without hot standby has no SQL to ask by. It admits no client yet: should the
   * promotion be given up, nobody was told anything by it.
   */
  async promote(signal: AbortSignal): Promise<void> {
    if (this.pid === undefined) throw await this.#didNotStart();
    // The postmaster may look, and take the file away, at any moment: it has to appear whole.
    await this.#replaceFile('data/promote', '');
    this.#postmaster.send('SIGUSR1');
    await this.#writable(signal);
  }

  /** A fast shutdown: sessions end, a checkpoint is written, the standby has it all. One that does not end is ended. */
  async shutDown(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    this.#serving = false;
    this.#postmaster.send('SIGINT');
    const look = async () => (this.pid === undefined ? { value: undefined } : { seen: 'a running server' });
    try {
      await until(look, { what: `"${this.address}" to shut down`, ...this.#patience(signal) });
    } catch (error) {
      signal.throwIfAborted();
      log('%s', error);
    }
    // A postmaster that was killed meanwhile has left others behind.
    await this.powerOff();
  }

  /** May be called twice, on a server in any state; see `powerOff` for what it guarantees. */
  async powerOff(): Promise<void> {
    this.#stopping = true;
    this.#serving = false;
    await this.#postmaster.powerOff();
    await this.#entrances.shut();
  }

  async remove(): Promise<void> {
    await this.powerOff();
    await this.#entrances.remove();
    await this.#volume?.remove();
    await rm(this.directory, { recursive: true, force: true });
  }

  #frontOf(tokens: TokenLogin): { front: Front; inUse: () => boolean } {
    const { clock, caPem } = this.#host;
    const front = createFront({
      listen: { host: this.address, port: innerPorts.front },
      server: { host: this.address, port: innerPorts.server },
      socketPath: `${this.directory}/.s.PGSQL.${innerPorts.server}`,
      certificate: () => this.#mustHaveCertificate(),
      caPem,
      serverName: tokens.endpointName,
      timeoutWallMs: clock.ioTimeoutWallMs(loginTimeoutMs),
      usesToken: async (user, signal) => {
        await using session = await this.session(signal);
        return (await session.query(usesTokenQuery, [user])).length > 0;
      },
      accepts: tokens.accepts,
    });
    return { front, inUse: tokens.inUse };
  }

  #mustHaveCertificate(): IssuedCertificate {
    if (this.#certificate) return this.#certificate;
    throw new Error(`Cannot take clients at "${this.address}": expected a certificate, got none yet`);
  }

  #ended(): void {
    this.#serving = false;
    this.#entrances.shut().catch((error: unknown) => log('%s: %O', this.address, error));
    if (!this.#stopping) this.#onUnexpectedExit(this);
  }

  async #replaceFile(name: string, text: string): Promise<void> {
    const { account } = this.#host;
    await writePrivateFile(`${this.directory}/${name}.new`, text, account);
    await rename(`${this.directory}/${name}.new`, `${this.directory}/${name}`);
  }

  /** What the postmaster writes into its lock file, as pg_ctl reads it; a file that a dead one left says nothing. */
  async #status(): Promise<string> {
    const lock = await readFile(`${this.dataDirectory}/postmaster.pid`, 'utf8').catch(() => '');
    const lines = lock.split('\n');
    return Number(lines[0]) === this.pid ? (lines[7]?.trim() ?? '') : '';
  }

  async #isInRecovery(signal: AbortSignal): Promise<boolean> {
    await using session = await this.session(signal);
    const rows = await session.query<{ recovering: boolean }>('select pg_is_in_recovery() as recovering');
    return rows[0]?.recovering ?? true;
  }

  async #didNotStart(): Promise<Error> {
    const said = await readFile(`${this.directory}/log`, 'utf8').catch(() => '');
    const tail = said.trimEnd().split('\n').slice(-5).join(' | ');
    return new DatabasePlaneError('CannotStart', `Cannot start PostgreSQL at "${this.address}": ${tail}`);
  }

  #patience(signal: AbortSignal): { timeoutWallMs: number; signal: AbortSignal } {
    return { timeoutWallMs: this.#host.clock.ioTimeoutWallMs(patienceMs), signal };
  }
}

const ordinary = { parameters: {}, replication: true, durable: true, admitsClients: true } as const;
const run = promisify(execFile);
const log = debuglog('stormproof:rds');
/** Five minutes: crash recovery is bounded by `max_wal_size`, and a busy machine is slow. */
const patienceMs = 300_000;
const connectTimeoutMs = 30_000;
/** PostgreSQL's authentication_timeout, by default. */
const loginTimeoutMs = 60_000;
/** Superusers have every role, and nobody logs in as one. Who may only give the role to others does not have it. */
const usesTokenQuery = `select from pg_roles where rolname = $1 and not rolsuper
  and (pg_has_role(oid, 'rds_iam', 'usage') or pg_has_role(oid, 'rds_iam', 'set'))`;
/** A look into a file costs next to nothing, and clients wait outside for as long as nobody looks. */
const readyPollWallMs = 3;
