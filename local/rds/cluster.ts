import { debuglog } from 'node:util';
import type { IssuedCertificate } from '../base/certificates.ts';
import type { DatabaseSpecification } from './contract.ts';
import { DatabasePlaneError } from './contract.ts';
import { tokenLogin } from './iam/token-login.ts';
import { phases } from './phases.ts';
import { replicate } from './replicate.ts';
import type { Origin } from './restore.ts';
import { revive } from './revive.ts';
import { createRoles, setPassword } from './roles.ts';
import type { ServerHost } from './server.ts';
import { PostgresServer } from './server.ts';
import { replicationUser } from './session.ts';
import type { JoinPatience } from './synchrony.ts';
import { awaitStreaming, cutReplication, makeAsynchronous, makeSynchronous } from './synchrony.ts';

export interface ClusterOptions {
  readonly host: ServerHost;
  readonly specification: DatabaseSpecification;
  readonly certificate: IssuedCertificate;
  readonly replicationPassword: string;
  /** A server ended that nobody had asked to. */
  onLost(server: PostgresServer): void;
}

export interface Candidate {
  readonly server: PostgresServer;
  readonly slot: string;
}

/** The servers of one instance: what can be done with them, in real time. When, is decided in `instance.ts`. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #freeAddresses: string[] = [];
  readonly #unfenced = new Set<PostgresServer>();
  readonly #removed = new WeakSet<PostgresServer>();
  #primary: PostgresServer | undefined;
  #superseded: PostgresServer | undefined;
  #candidate: Candidate | undefined;
  #joining: PostgresServer | undefined;
  #parameters: Readonly<Record<string, string>>;
  #standbys = 0;
  /** The defect `asynchronous-standby`. */
  asynchronous = false;
  #archiveCommand: string | undefined;
  /** False under the defect `commits-before-durable`. */
  #durable = true;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#parameters = options.specification.parameters;
  }

  /** Still named after it was fenced, until another is promoted. */
  get primary(): PostgresServer | undefined {
    return this.#primary;
  }

  /** The standby that holds every acknowledged commit, and so may be promoted. */
  get candidate(): Candidate | undefined {
    return this.#candidate;
  }

  async start(origin: Origin, signal: AbortSignal): Promise<void> {
    const { specification, replicationPassword } = this.#options;
    const primary = this.#newServer(specification.zones[0]);
    this.#primary = primary;
    await primary.prepare(this.#options.certificate);
    await origin.fill(primary.dataDirectory);
    const { recovery } = origin;
    await primary.configure({ parameters: this.#parameters, recovery });
    await primary.start();
    await primary.answering(signal);
    if (!recovery) return createRoles(primary, specification, { replicationPassword, signal });
    await primary.configure({ recovery: undefined });
    primary.reload();
    await setPassword(primary, replicationUser, replicationPassword, signal);
  }

  /** Makes a standby afresh from the primary; it is the candidate once it is synchronous. */
  async addStandby(signal: AbortSignal): Promise<void> {
    const primary = this.#mustHavePrimary();
    const slot = `standby_${++this.#standbys}`;
    const standby = this.#newServer(this.secondaryZone);
    this.#joining = standby;
    try {
      await this.#fill({ primary, standby, slot }, signal);
      await this.#join(primary, slot, signal);
      signal.throwIfAborted();
      if (standby.pid === undefined) throw new Error(`Cannot add "${slot}": it ended as it joined`);
      this.#candidate = { server: standby, slot };
    } catch (error) {
      await makeAsynchronous(primary);
      await this.#remove(standby);
      throw error;
    } finally {
      this.#joining = undefined;
    }
  }

  get secondaryZone(): string {
    const [first, second] = this.#options.specification.zones;
    return this.#primary?.zone === first ? second : first;
  }

  /** At once, so that no failover can take it; `dropStandby` then lets commits go on without it. */
  disqualify(server: PostgresServer): void {
    if (this.#candidate?.server === server) this.#candidate = undefined;
  }

  async dropStandby(server: PostgresServer): Promise<void> {
    this.disqualify(server);
    // While there is another, commits go on waiting for that one.
    if (this.#primary && !this.#candidate) await makeAsynchronous(this.#primary);
    await this.#remove(server);
  }

  /** After a failover that failed: the standby is no server any more before the primary comes back. */
  async giveUpStandby(): Promise<void> {
    if (this.#candidate) await this.dropStandby(this.#candidate.server);
    else if (this.#primary) await makeAsynchronous(this.#primary);
  }

  /** When this returns, the primary can acknowledge nothing to anybody any more. */
  async fence(): Promise<void> {
    await this.#mustHavePrimary().powerOff();
  }

  /** The defect `old-primary-not-fenced`: it goes on alone, and waits for nobody. */
  async leaveUnfenced(): Promise<void> {
    const primary = this.#mustHavePrimary();
    this.#unfenced.add(primary);
    await makeAsynchronous(primary);
  }

  /** The defect `old-primary-keeps-sessions`: who is in stays in. */
  async fenceNewConnections(): Promise<void> {
    const primary = this.#mustHavePrimary();
    await primary.configure({ admitsClients: false });
    await this.leaveUnfenced();
  }

  async fenceForgotten(): Promise<void> {
    const servers = [...this.#unfenced];
    this.#unfenced.clear();
    await Promise.all(
      servers.filter((server) => server !== this.#primary).map((server) => this.#remove(server)),
    );
  }

  /** Only after `fence`. No client has reached the standby before it is the primary: until then it can be given up. */
  async promote(signal: AbortSignal): Promise<void> {
    const candidate = this.#candidate;
    if (!candidate)
      throw new DatabasePlaneError('InvalidState', 'Cannot fail over: expected a standby, got none');
    const { server } = candidate;
    await server.configure({ synchronousStandby: undefined, follows: undefined, replication: true });
    await server.promote(signal);
    this.#superseded = this.#primary;
    this.#primary = server;
    this.#candidate = undefined;
  }

  /** Only the primary is ever told to. */
  async admitClients(signal: AbortSignal): Promise<void> {
    const primary = this.#mustHavePrimary();
    try {
      await primary.admit();
    } catch (error) {
      log('%s admits nobody: %O', primary.address, error);
      await this.revivePrimary(signal);
    }
  }

  /** The old primary's place is free for a standby. */
  async removeSuperseded(): Promise<void> {
    const old = this.#superseded;
    this.#superseded = undefined;
    if (old && !this.#unfenced.has(old)) await this.#remove(old);
  }

  /** The primary starts again on its own data, as after a host's recovery. */
  async revivePrimary(signal: AbortSignal): Promise<void> {
    await revive(this.#mustHavePrimary(), signal);
  }

  /** A fast shutdown of both, so that static parameters act on both when they come back. */
  async shutDown(signal: AbortSignal): Promise<void> {
    await this.#mustHavePrimary().shutDown(signal);
    await this.#candidate?.server.shutDown(signal);
  }

  async startAgain(signal: AbortSignal): Promise<void> {
    const standby = this.#candidate?.server;
    const following = standby && startStandby(standby, signal);
    await this.revivePrimary(signal);
    if (standby && !(await following)) await this.dropStandby(standby);
  }

  /** Only under the defect: what is committed from now on, the standby will not have. */
  async cutStandbyOff(signal: AbortSignal): Promise<void> {
    await cutReplication(this.#mustHavePrimary(), signal);
  }

  async setAsynchronous(on: boolean, signal: AbortSignal): Promise<void> {
    this.asynchronous = on;
    if (!this.#primary || !this.#candidate) return;
    if (on) await makeAsynchronous(this.#primary);
    else await makeSynchronous(this.#primary, this.#candidate.slot, this.#patience(signal));
  }

  /** On all servers, and those that come. */
  async setArchiveCommand(archiveCommand: string | undefined): Promise<void> {
    this.#archiveCommand = archiveCommand;
    for (const server of [this.#primary, this.#candidate?.server]) {
      await server?.configure({ archiveCommand });
      server?.reload();
    }
  }

  /** Which of its histories the primary is on. */
  async timeline(signal: AbortSignal): Promise<number> {
    await using session = await this.#mustHavePrimary().session(signal);
    const [row] = await session.query<{ timeline: number }>(
      'select timeline_id as timeline from pg_control_checkpoint()',
    );
    if (!row) throw new Error('Cannot read the timeline of the primary: expected a row, got none');
    return row.timeline;
  }

  /** All servers, and those that come. */
  async setDurable(durable: boolean): Promise<void> {
    this.#durable = durable;
    for (const server of [this.#primary, this.#candidate?.server]) {
      await server?.configure({ durable });
      server?.reload();
    }
  }

  /** In place of those it had. Answers with the parameters that wait for a restart. */
  async setParameters(
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const primary = this.#mustHavePrimary();
    const before = primary.settings.parameters;
    await primary.configure({ parameters });
    try {
      await primary.checkConfiguration();
    } catch (error) {
      await primary.configure({ parameters: before });
      throw error;
    }
    this.#parameters = parameters;
    await this.#candidate?.server.configure({ parameters });
    // A stopped one takes them all as it starts.
    if (primary.pid === undefined) return [];
    primary.reload();
    this.#candidate?.server.reload();
    await using session = await primary.session(signal);
    // The file is sound, so what a running server cannot take from it is what waits for a restart.
    const rows = await session.query<{ name: string }>(
      'select name from pg_file_settings where error is not null order by 1',
    );
    return rows.map(({ name }) => name);
  }

  async remove(): Promise<void> {
    const servers = [
      this.#primary,
      this.#superseded,
      this.#candidate?.server,
      this.#joining,
      ...this.#unfenced,
    ];
    await Promise.all(servers.map((server) => server?.remove()));
  }

  async #fill(
    pair: { primary: PostgresServer; standby: PostgresServer; slot: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { host, specification, certificate, replicationPassword } = this.#options;
    const { primary, standby, slot } = pair;
    await standby.prepare(certificate);
    await replicate(pair, { account: host.account, signal });
    const connection = {
      host: specification.endpointName,
      hostaddr: primary.address,
      port: String(primary.replicationPort),
      user: replicationUser,
      password: replicationPassword,
      application_name: slot,
      sslmode: 'verify-full',
      sslrootcert: standby.caFile,
    };
    await standby.configure({
      parameters: this.#parameters,
      durable: this.#durable,
      admitsClients: false,
      archiveCommand: this.#archiveCommand,
      follows: { slot, connection },
    });
    await standby.start();
    await standby.following(signal);
  }

  #join(primary: PostgresServer, slot: string, signal: AbortSignal): Promise<void> {
    const join = this.asynchronous ? awaitStreaming : makeSynchronous;
    return join(primary, slot, this.#patience(signal));
  }

  #newServer(zone: string): PostgresServer {
    const { host, specification, onLost } = this.#options;
    const address = this.#freeAddresses.pop() ?? host.allocateAddress();
    const { identifier, port } = specification;
    const { admits, iam } = host;
    const place = {
      address,
      zone,
      port,
      admits: admits && ((source: string) => admits(identifier, source)),
      tokens: iam && tokenLogin(specification, iam, host.clock),
    };
    return new PostgresServer(host, place, onLost);
  }

  async #remove(server: PostgresServer): Promise<void> {
    await server.remove();
    // May be called twice, and by then the address may be another's.
    if (!this.#removed.has(server)) this.#freeAddresses.push(server.address);
    this.#removed.add(server);
  }

  #mustHavePrimary(): PostgresServer {
    if (this.#primary) return this.#primary;
    throw new DatabasePlaneError(
      'InvalidState',
      'Cannot act on an instance: expected a primary, got none yet',
    );
  }

  #patience(signal: AbortSignal): JoinPatience {
    const { clock } = this.#options.host;
    const timeoutWallMs = clock.ioTimeoutWallMs(joinTimeoutMs);
    const heldUpWallMs = Math.max(leastHeldUpWallMs, clock.toWallMs(phases.standbySilence));
    return { timeoutWallMs, heldUpWallMs, signal };
  }
}

/** Whether it follows; one that does not is no standby any more. */
async function startStandby(standby: PostgresServer, signal: AbortSignal): Promise<boolean> {
  try {
    await standby.start();
    await standby.following(signal);
    return true;
  } catch (error) {
    if (!signal.aborted) log('%s does not follow: %O', standby.address, error);
    return false;
  }
}

const log = debuglog('stormproof:rds');
const joinTimeoutMs = 300_000;
const leastHeldUpWallMs = 5000;
