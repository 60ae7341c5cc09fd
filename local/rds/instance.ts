import { debuglog } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Backups, StoredBackup } from './backups.ts';
import { Cluster, type ClusterOptions } from './cluster.ts';
import { ContinuousBackup } from './continuous-backup.ts';
import type {
  DatabaseChange,
  DatabaseDefect,
  DatabaseEvent,
  DatabaseInstance,
  ServerPlace,
} from './contract.ts';
import { DatabasePlaneError } from './contract.ts';
import type { DefectEffects, Defects } from './defects.ts';
import { createDefects } from './defects.ts';
import type { FailoverCause, FailoverStage } from './failover.ts';
import { activated, failOver } from './failover.ts';
import { watchHealth } from './health.ts';
import type { ModifyStage } from './modify.ts';
import { modify } from './modify.ts';
import { phases } from './phases.ts';
import type { Origin, RestorePlan } from './restore.ts';
import { setPassword } from './roles.ts';
import type { PostgresServer } from './server.ts';
import type { StandbyUpkeep } from './standby-upkeep.ts';
import { createStandbyUpkeep } from './standby-upkeep.ts';
import { restartServers, startServers, stopServers } from './stop-start.ts';
import { awaitRoom } from './storage-full.ts';
import type { Transitions } from './transitions.ts';
import { createTransitions } from './transitions.ts';

export interface InstanceOptions extends Omit<ClusterOptions, 'onLost'> {
  readonly clock: Clock;
  readonly random: Random;
  readonly backups: Backups;
  onChange(instance: DatabaseInstance): void;
  onEvent(event: DatabaseEvent): void;
}

/**
 * One DB instance: its status, its events, and which server its endpoint name means. Transitions run one after
 * the other; a server that ends in the middle of one only adds the next.
 */
export class Instance {
  readonly #options: InstanceOptions;
  readonly #cluster: Cluster;
  readonly #backup: ContinuousBackup;
  readonly #defects: Defects;
  readonly #upkeep: StandbyUpkeep;
  readonly #stop = new AbortController();
  /** A change that fails leaves the instance `failed`, and is never silent. */
  readonly #transitions: Transitions = createTransitions(this.#stop.signal, (error) => {
    this.#log(error);
    this.#become('failed');
  });
  #status: DatabaseInstance['status'] = 'creating';
  #multiAz: boolean;
  #stops = 0;
  /** The standby that is missing, if it is, is the one that a failover made the primary. */
  #failedOver = false;
  #endpointAddress: string | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.#multiAz = options.specification.multiAz;
    this.#cluster = new Cluster({ ...options, onLost: (server) => this.#lost(server) });
    this.#backup = new ContinuousBackup({
      ...options,
      cluster: this.#cluster,
      signal: this.#stop.signal,
      changed: () => this.#announce(),
      log: (error) => this.#log(error),
    });
    this.#defects = createDefects(this.#defectEffects());
    this.#upkeep = createStandbyUpkeep({
      clock: options.clock,
      transitions: this.#transitions,
      signal: this.#stop.signal,
      cluster: this.#cluster,
      wanted: () => this.#multiAz,
      mayRebuild: () => this.#status === 'available',
      changed: () => this.#announce(),
      log: (error) => this.#log(error),
    });
  }

  async create(origin: Origin): Promise<DatabaseInstance> {
    this.#announce();
    try {
      await this.#transitions.run(() => this.#start(origin));
    } catch (error) {
      await this.close();
      throw error;
    }
    return this.describe();
  }

  async #start(origin: Origin): Promise<void> {
    const { signal } = this.#stop;
    await this.#cluster.start(origin, signal);
    if (this.#multiAz) await this.#cluster.addStandby(signal);
    this.#endpointAddress = this.#cluster.primary?.address;
    if (!origin.recovery) this.#event('DB instance created', 'creation');
    this.#become('available');
    this.#watchHealth();
  }

  describe(): DatabaseInstance {
    const { identifier, endpointName, port } = this.#options.specification;
    return {
      identifier,
      endpointName,
      port,
      multiAz: this.#multiAz,
      status: this.#status,
      endpointAddress: this.#endpointAddress,
      primary: place(this.#cluster.primary),
      standby: place(this.#cluster.candidate?.server),
      secondaryZone: this.#cluster.candidate?.server.zone,
      restorable: this.#backup.window,
    };
  }

  reboot({ forceFailover }: { forceFailover: boolean }): void {
    this.#mustBeAvailable('reboot');
    if (forceFailover && !this.#cluster.candidate) {
      if (!this.#failedOver) throw this.#invalidState('fail over', 'a standby that is in step', 'none');
      this.#event(tooSoon, 'failover');
      return;
    }
    this.#upkeep.interrupt(new Error('The DB instance is rebooted'));
    this.#become('rebooting');
    this.#transitions.queue(() => (forceFailover ? this.#replacePrimary('requested') : this.#restart()));
  }

  stop(): void {
    this.#mustBeAvailable('stop');
    this.#upkeep.interrupt(new Error('The DB instance is stopped'));
    this.#become('stopping');
    this.#transitions.queue(async () => {
      await stopServers(this.#stage());
      this.#become('stopped');
      this.#startWhenStoppedTooLong();
    });
  }

  start(): void {
    if (this.#status !== 'stopped') throw this.#invalidState('start', 'status stopped', this.#status);
    this.#become('starting');
    this.#transitions.queue(async () => {
      await startServers(this.#stage());
      this.#becomeAvailable();
    });
  }

  /** Resolves when the change is in force. */
  async modify(change: DatabaseChange): Promise<void> {
    this.#mustBeAvailable('modify');
    this.#upkeep.interrupt(new Error('The DB instance is modified'));
    this.#become(change.engineVersion === undefined ? 'modifying' : 'upgrading');
    try {
      await this.#transitions.run(async () => {
        await modify(change, this.#modifyStage());
        this.#becomeAvailable();
      });
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#become('failed');
      throw error;
    }
  }

  async modifyParameters(parameters: Readonly<Record<string, string>>): Promise<readonly string[]> {
    if (this.#status !== 'stopped') this.#mustBeAvailable('modify the parameters');
    return this.#transitions.run(() => this.#cluster.setParameters(parameters, this.#stop.signal));
  }

  setMasterPassword(password: string): Promise<void> {
    const { masterUsername } = this.#options.specification;
    return this.#transitions.run(async () => {
      await setPassword(this.mustHaveRunningPrimary(), masterUsername, password, this.#stop.signal);
    });
  }

  /** On: WAL is archived from now on, and the backups that are taken can be restored to any instant after them. */
  setBackups(on: boolean): Promise<void> {
    return this.#transitions.run(() => (on ? this.#backup.turnOn() : this.#backup.turnOff()));
  }

  backUp(id: string): Promise<StoredBackup> {
    return this.#transitions.run(() => this.#backup.take(id));
  }

  restorePlan(instant: Date): RestorePlan {
    const plan = this.#backup.planUntil(instant);
    return this.#defects.has('restore-ignores-target-time') ? { ...plan, until: 'end' } : plan;
  }

  setDefect(defect: DatabaseDefect, on: boolean): Promise<void> {
    return this.#defects.set(defect, on);
  }

  #defectEffects(): DefectEffects {
    const cluster = this.#cluster;
    const inTurn = this.#transitions.run;
    return {
      'asynchronous-standby': (on) => inTurn(() => cluster.setAsynchronous(on, this.#stop.signal)),
      'commits-before-durable': (on) => inTurn(() => cluster.setDurable(!on)),
      'archive-loses-a-segment': (on) => inTurn(() => this.#backup.loseNext(on)),
      'old-primary-not-fenced': (on) => (on ? undefined : inTurn(() => cluster.fenceForgotten())),
      'old-primary-keeps-sessions': (on) => (on ? undefined : inTurn(() => cluster.fenceForgotten())),
      'automatic-failover-off': (on) => {
        const { primary } = cluster;
        if (!on && primary && this.#status === 'available')
          this.#transitions.queue(() => this.#primaryLost(primary));
      },
      'endpoint-does-not-move': (on) => (on ? undefined : this.#pointToPrimary()),
    };
  }

  #pointToPrimary(): void {
    this.#endpointAddress = this.#cluster.primary?.address;
    this.#announce();
  }

  async delete(): Promise<void> {
    this.#become('deleting');
    await this.close();
    this.#event('DB instance deleted', 'deletion');
  }

  /** Ends all servers and removes what they stored. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#stop.abort(new Error(`The DB instance "${this.#options.specification.identifier}" was closed`));
    await this.#transitions.settled();
    await this.#cluster.remove();
    await this.#backup.remove();
  }

  async #restart(): Promise<void> {
    await restartServers(this.#stage(), phases.restart);
    this.#becomeAvailable();
  }

  #startWhenStoppedTooLong(): void {
    const stop = ++this.#stops;
    const start = (): void => {
      if (this.#status !== 'stopped' || this.#stops !== stop) return;
      this.#event(
        'DB instance is being started due to it exceeding the maximum allowed time being stopped.',
        'notification',
      );
      this.start();
    };
    this.#options.clock.after(phases.longestStop, start, this.#stop.signal);
  }

  async #recoverInPlace(): Promise<void> {
    await awaitRoom(this.#cluster.primary, { ...this.#stage(), full: () => this.#become('storage-full') });
    if (this.#status === 'storage-full') this.#become('rebooting');
    this.#event(
      'Recovery of the DB instance has started. Recovery time will vary with the amount of data to be recovered.',
      'recovery',
    );
    await this.#cluster.revivePrimary(this.#stop.signal);
    this.#event('Recovery of the DB instance is complete.', 'recovery');
    if (this.#multiAz) activated(this.#stage().event);
  }

  /** Runs as the server's exit is seen: what it decides at once, no transition can have missed. */
  #lost(server: PostgresServer): void {
    this.#upkeep.interrupt(new Error(`The server at "${server.address}" ended`));
    if (this.#stop.signal.aborted || this.#status === 'creating') return;
    if (server === this.#cluster.primary) {
      this.#transitions.queue(() => this.#primaryLost(server));
    } else {
      this.#standbyLost(server);
    }
  }

  /** It is no candidate any more before the first commit goes on without it. */
  #standbyLost(server: PostgresServer | undefined): void {
    if (!server || server !== this.#cluster.candidate?.server) return;
    this.#cluster.disqualify(server);
    this.#failedOver = false;
    this.#announce();
    this.#transitions.queue(() => this.#cluster.dropStandby(server));
    this.#upkeep.rebuildAfter(phases.untilRebuild);
  }

  async #primaryLost(server: PostgresServer): Promise<void> {
    if (server !== this.#cluster.primary || server.pid !== undefined) return;
    if (this.#defects.has('automatic-failover-off')) return;
    this.#become('rebooting');
    await this.#options.clock.sleep(phases.untilDetected, this.#stop.signal);
    await this.#replacePrimary('ended');
  }

  #watchHealth(): void {
    watchHealth({
      clock: this.#options.clock,
      signal: this.#stop.signal,
      watched: () => ({
        primary: this.#cluster.primary,
        slot: this.#status === 'available' ? this.#cluster.candidate?.slot : undefined,
      }),
      onUnresponsive: (server, pid) => this.#unresponsive(server, pid),
      onStandbySilent: (slot) => {
        if (slot === this.#cluster.candidate?.slot) this.#standbyLost(this.#cluster.candidate.server);
      },
    });
  }

  /** Whoever waits for an answer of it holds up the failover. */
  #unresponsive(server: PostgresServer, pid: number): void {
    const reason = new Error(`The server at "${server.address}" does not answer`);
    this.#upkeep.interrupt(reason);
    server.giveUp(reason);
    this.#transitions.queue(async () => {
      const replaced = server.pid !== undefined && server.pid !== pid;
      if (server !== this.#cluster.primary || replaced) return;
      if (this.#defects.has('automatic-failover-off')) return;
      this.#become('rebooting');
      await this.#replacePrimary('unresponsive');
    });
  }

  async #replacePrimary(cause: FailoverCause): Promise<void> {
    if (cause === 'requested' || this.#cluster.candidate) {
      await failOver(cause, this.#stage());
      this.#failedOver = true;
    } else await this.#recoverInPlace();
    this.#becomeAvailable();
  }

  #modifyStage(): ModifyStage {
    return {
      ...this.#stage(),
      multiAz: this.#multiAz,
      setMultiAz: (multiAz) => {
        this.#multiAz = multiAz;
      },
      addStandby: () => this.#upkeep.add(),
    };
  }

  #stage(): FailoverStage {
    return {
      ...this.#options,
      cluster: this.#cluster,
      signal: this.#stop.signal,
      has: (defect) => this.#defects.has(defect),
      promotionAllowed: () => this.#defects.promotionAllowed(),
      changed: () => this.#announce(),
      notPromoted: () => this.#backup.keepTimeline(),
      promoted: () => {
        if (!this.#defects.has('endpoint-does-not-move')) this.#pointToPrimary();
      },
      event: (message, category) => this.#event(message, category),
      log: (error) => this.#log(error),
    };
  }

  mustHaveRunningPrimary(): PostgresServer {
    const { primary } = this.#cluster;
    if (primary?.serving) return primary;
    throw this.#invalidState('reach the primary of', 'one that serves', 'none');
  }

  #mustBeAvailable(what: string): void {
    if (this.#status !== 'available') throw this.#invalidState(what, 'status available', this.#status);
  }

  #invalidState(what: string, expected: string, got: string): Error {
    const { identifier } = this.#options.specification;
    return new DatabasePlaneError(
      'InvalidState',
      `Cannot ${what} the DB instance "${identifier}": expected ${expected}, got ${got}`,
    );
  }

  /** A standby that is missing is made, and one that could not be made is tried again. */
  #becomeAvailable(): void {
    this.#become('available');
    this.#upkeep.rebuildAfter(phases.untilRebuild);
  }

  #become(status: DatabaseInstance['status']): void {
    this.#status = status;
    this.#announce();
  }

  #announce(): void {
    this.#options.onChange(this.describe());
  }

  #log(error: unknown): void {
    log('%s: %O', this.#options.specification.identifier, error);
  }

  #event(message: string, ...categories: string[]): void {
    this.#options.onEvent({ identifier: this.#options.specification.identifier, message, categories });
  }
}

/** RDS-EVENT-0034: the call was taken, and comes to nothing. */
const tooSoon =
  'Abandoning user requested failover since a failover recently occurred on the database instance.';
const log = debuglog('stormproof:rds');

function place(server: PostgresServer | undefined): ServerPlace | undefined {
  if (server?.pid === undefined) return undefined;
  return { address: server.address, zone: server.zone, pid: server.pid };
}
