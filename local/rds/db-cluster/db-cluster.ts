import { debuglog } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { DatabaseEvent } from '../contract.ts';
import { DatabasePlaneError } from '../contract.ts';
import { watchHealth } from '../health.ts';
import type { Seed } from '../seed.ts';
import type { PostgresServer } from '../server.ts';
import type { Transitions } from '../transitions.ts';
import { createTransitions } from '../transitions.ts';
import type { DatabaseCluster } from './contract.ts';
import { failOverCluster } from './failover.ts';
import type { Member } from './member.ts';
import { describeMember } from './member.ts';
import { clusterPhases as phases } from './phases.ts';
import type { ClusterServersOptions } from './servers.ts';
import { ClusterServers } from './servers.ts';

export interface DbClusterOptions extends Omit<ClusterServersOptions, 'onLost'> {
  readonly clock: Clock;
  readonly random: Random;
  onClusterChange?(cluster: DatabaseCluster): void;
  onEvent(event: DatabaseEvent): void;
}

/** One Multi-AZ DB cluster over time: its status, its events, and which server each of its names means. */
export class DbCluster {
  readonly #options: DbClusterOptions;
  readonly #servers: ClusterServers;
  readonly #stop = new AbortController();
  /** A change that fails leaves the cluster `failed`, and is never silent. */
  readonly #transitions: Transitions = createTransitions(this.#stop.signal, (error) => {
    this.#log(error);
    this.#become('failed');
  });
  #status: DatabaseCluster['status'] = 'creating';
  #join: AbortController | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: DbClusterOptions) {
    this.#options = options;
    this.#servers = new ClusterServers({ ...options, onLost: (server) => this.#lost(server) });
  }

  async create(seed: Seed): Promise<DatabaseCluster> {
    this.#announce();
    try {
      await this.#transitions.run(() => this.#start(seed));
    } catch (error) {
      await this.close();
      throw error;
    }
    return this.describe();
  }

  async #start(seed: Seed): Promise<void> {
    const { signal } = this.#stop;
    await this.#servers.start(seed, signal);
    for (const reader of this.#servers.readers) await this.#servers.makeReader(reader, signal);
    for (const member of this.#servers.members) this.#memberEvent(member, 'DB instance created', 'creation');
    this.#event('DB cluster created', 'creation');
    this.#become('available');
    this.#watchHealth();
  }

  describe(): DatabaseCluster {
    const { identifier, endpointName, readerEndpointName, port } = this.#options.specification;
    const { members, readers, writer } = this.#servers;
    return {
      identifier,
      endpointName,
      readerEndpointName,
      port,
      status: this.#status,
      endpointAddress: this.#status === 'creating' ? undefined : writer.address,
      readerAddresses: readers.filter(({ up }) => up).map(({ address }) => address),
      members: members.map((member) =>
        describeMember(member, member === writer ? 'writer' : 'reader', this.#status !== 'creating'),
      ),
    };
  }

  failover({ target }: { readonly target?: string } = {}): void {
    this.#mustBeAvailable('fail over');
    const up = this.#servers.readers.filter((reader) => reader.up);
    const wanted = up.find(({ specification }) => specification.identifier === target);
    if (up.length === 0 || (target !== undefined && !wanted))
      throw this.#invalidState('fail over', `${target ?? 'a reader'} to be up`, 'none');
    this.#join?.abort(new Error('The DB cluster fails over'));
    this.#become('failing-over');
    this.#transitions.queue(async () => {
      await this.#options.clock.sleep(phases.untilFenced, this.#stop.signal);
      await this.#replaceWriter(wanted);
    });
  }

  reboot(): void {
    this.#mustBeAvailable('reboot');
    this.#join?.abort(new Error('The DB cluster is rebooted'));
    this.#become('rebooting');
    this.#transitions.queue(() => this.#restart());
  }

  async delete(): Promise<void> {
    this.#become('deleting');
    await this.close();
    for (const member of this.#servers.members) this.#memberEvent(member, 'DB instance deleted', 'deletion');
    this.#event('DB cluster deleted', 'deletion');
  }

  /** Ends all servers and removes what they stored. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#stop.abort(new Error(`The DB cluster "${this.#options.specification.identifier}" was closed`));
    await this.#transitions.settled();
    await this.#servers.remove();
  }

  mustHaveRunningPrimary(): PostgresServer {
    const { server } = this.#servers.writer;
    if (server?.serving) return server;
    throw this.#invalidState('reach the writer of', 'one that serves', 'none');
  }

  async #restart(): Promise<void> {
    const { members } = this.#servers;
    for (const member of members) this.#memberEvent(member, 'DB instance shutdown', 'availability');
    await this.#servers.restart(this.#stop.signal, async () => {
      this.#announce();
      await this.#options.clock.sleep(phases.restart, this.#stop.signal);
    });
    for (const member of members) this.#memberEvent(member, 'DB instance restarted', 'availability');
    this.#become('available');
    this.#rebuildAfter(phases.untilRebuild);
  }

  /** Runs as the server's exit is seen. */
  #lost(server: PostgresServer): void {
    this.#join?.abort(new Error(`The server at "${server.address}" ended`));
    if (this.#stop.signal.aborted || this.#status === 'creating') return;
    const member = this.#servers.memberOf(server);
    if (member === this.#servers.writer) this.#transitions.queue(() => this.#writerLost(server));
    else if (member) this.#readerLost(member);
  }

  async #writerLost(server: PostgresServer): Promise<void> {
    if (server !== this.#servers.writer.server || server.pid !== undefined) return;
    this.#servers.writer.up = false;
    this.#become('failing-over');
    await this.#options.clock.sleep(phases.untilDetected, this.#stop.signal);
    await this.#replaceWriter();
  }

  /** Nobody is sent to it any more; a voter it stays until commits go on without it. */
  #readerLost(reader: Member): void {
    const { server } = reader;
    reader.up = false;
    this.#announce();
    this.#transitions.queue(async () => {
      if (reader.server !== server || reader === this.#servers.writer) return;
      await this.#servers.removeReader(reader);
      await this.#retainVoters();
    });
    this.#rebuildAfter(phases.untilRebuild);
  }

  /** Where it fails, the voters stay, and with them the refusal to promote one that might not have all. */
  async #retainVoters(): Promise<void> {
    try {
      await this.#servers.retainVoters(this.#stop.signal);
    } catch (error) {
      this.#stop.signal.throwIfAborted();
      this.#log(error);
    }
  }

  #watchHealth(): void {
    const { clock } = this.#options;
    for (const index of [0, 1]) {
      watchHealth({
        clock,
        signal: this.#stop.signal,
        watched: () => {
          const reader = this.#status === 'available' ? this.#servers.readers[index] : undefined;
          return { primary: this.#servers.writer.server, slot: reader?.up ? reader.standbyName : undefined };
        },
        onUnresponsive: (server, pid) => this.#unresponsive(server, pid),
        onStandbySilent: (slot) => {
          const reader = this.#servers.readers.find(({ standbyName, up }) => up && standbyName === slot);
          if (reader) this.#readerLost(reader);
        },
      });
    }
  }

  /** Whoever waits for an answer of it holds up the failover. */
  #unresponsive(server: PostgresServer, pid: number): void {
    const reason = new Error(`The server at "${server.address}" does not answer`);
    this.#join?.abort(reason);
    server.giveUp(reason);
    this.#transitions.queue(async () => {
      const replaced = server.pid !== undefined && server.pid !== pid;
      if (server !== this.#servers.writer.server || replaced) return;
      this.#become('failing-over');
      await this.#replaceWriter();
    });
  }

  async #replaceWriter(target?: Member): Promise<void> {
    const stage = {
      ...this.#options,
      servers: this.#servers,
      signal: this.#stop.signal,
      changed: () => this.#announce(),
      event: (message: string) => this.#event(message, 'failover'),
      log: (error: unknown) => this.#log(error),
    };
    await failOverCluster(stage, target);
    this.#become('available');
    this.#rebuildAfter(phases.untilRebuild);
  }

  #rebuildAfter(delayMs: number): void {
    const { clock } = this.#options;
    clock.after(delayMs, () => this.#transitions.queue(() => this.#rebuild()), this.#stop.signal);
  }

  /** A reader that could not be made is tried again: the cluster serves meanwhile. */
  async #rebuild(): Promise<void> {
    const { writer, readers } = this.#servers;
    const lacking = readers.find(({ server }) => server === undefined);
    if (!lacking || !writer.server?.serving) return;
    this.#join = new AbortController();
    try {
      this.#memberEvent(lacking, recoveryStarted, 'recovery');
      await this.#servers.makeReader(lacking, AbortSignal.any([this.#stop.signal, this.#join.signal]));
      this.#memberEvent(lacking, 'Recovery of the DB instance is complete.', 'recovery');
      this.#announce();
      this.#rebuildAfter(0);
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      this.#log(error);
      this.#rebuildAfter(phases.beforeRetry);
    } finally {
      this.#join = undefined;
    }
  }

  #mustBeAvailable(what: string): void {
    if (this.#status !== 'available') throw this.#invalidState(what, 'status available', this.#status);
  }

  #invalidState(what: string, expected: string, got: string): Error {
    const { identifier } = this.#options.specification;
    return new DatabasePlaneError(
      'InvalidState',
      `Cannot ${what} the DB cluster "${identifier}": expected ${expected}, got ${got}`,
    );
  }

  #become(status: DatabaseCluster['status']): void {
    this.#status = status;
    this.#announce();
  }

  #announce(): void {
    this.#options.onClusterChange?.(this.describe());
  }

  #log(error: unknown): void {
    log('%s: %O', this.#options.specification.identifier, error);
  }

  #event(message: string, ...categories: string[]): void {
    const { identifier } = this.#options.specification;
    this.#options.onEvent({ identifier, source: 'db-cluster', message, categories });
  }

  #memberEvent({ specification }: Member, message: string, category: string): void {
    this.#options.onEvent({ identifier: specification.identifier, message, categories: [category] });
  }
}

const recoveryStarted =
  'Recovery of the DB instance has started. Recovery time will vary with the amount of data to be recovered.';
const log = debuglog('stormproof:rds');
