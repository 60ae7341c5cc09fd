import { debuglog } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { Cluster, type ClusterOptions } from './cluster.ts';
import type { DatabaseDefect, DatabaseEvent, DatabaseInstance, ServerPlace } from './contract.ts';
import { DatabasePlaneError } from './contract.ts';
import { phases } from './phases.ts';
import type { Seed } from './seed.ts';
import type { PostgresServer } from './server.ts';

export interface InstanceOptions extends Omit<ClusterOptions, 'onLost'> {
  readonly clock: Clock;
  readonly random: Random;
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
  readonly #stop = new AbortController();
  readonly #defects = new Set<DatabaseDefect>();
  #status: DatabaseInstance['status'] = 'creating';
  #endpointAddress: string | undefined;
  #transitions: Promise<void> = Promise.resolve();
  #join: AbortController | undefined;
  #promotionAllowed = Promise.withResolvers<void>();
  #closed: Promise<void> | undefined;

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.#cluster = new Cluster({ ...options, onLost: (server) => this.#lost(server) });
    this.#promotionAllowed.resolve();
  }

  async create(seed: Seed): Promise<DatabaseInstance> {
    this.#announce();
    try {
      await this.#after(() => this.#start(seed));
    } catch (error) {
      await this.close();
      throw error;
    }
    return this.describe();
  }

  async #start(seed: Seed): Promise<void> {
    const { signal } = this.#stop;
    await this.#cluster.start(seed, signal);
    if (this.#options.specification.multiAz) await this.#cluster.addStandby(signal);
    this.#endpointAddress = this.#cluster.primary?.address;
    this.#event('DB instance created', 'creation');
    this.#become('available');
  }

  describe(): DatabaseInstance {
    const { identifier, endpointName, port, multiAz } = this.#options.specification;
    return {
      identifier,
      endpointName,
      port,
      multiAz,
      status: this.#status,
      endpointAddress: this.#endpointAddress,
      primary: place(this.#cluster.primary),
      standby: place(this.#cluster.candidate?.server),
      secondaryZone: multiAz ? this.#cluster.secondaryZone : undefined,
    };
  }

  reboot({ forceFailover }: { forceFailover: boolean }): void {
    this.#mustBeAvailable('reboot');
    if (forceFailover && !this.#cluster.candidate) {
      throw this.#invalidState('fail over', 'a standby that is in step', 'none');
    }
    this.#become('rebooting');
    this.#then(() => (forceFailover ? this.#failOver('requested') : this.#restart()));
  }

  async modifyParameters(parameters: Readonly<Record<string, string>>): Promise<readonly string[]> {
    this.#mustBeAvailable('modify the parameters');
    return this.#after(() => this.#cluster.setParameters(parameters, this.#stop.signal));
  }

  async setDefect(defect: DatabaseDefect, on: boolean): Promise<void> {
    if (this.#defects.has(defect) === on) return;
    if (on) this.#defects.add(defect);
    else this.#defects.delete(defect);
    if (defect === 'standby-cannot-be-promoted') {
      // Not in turn: the failover that it holds up has the turn.
      if (on) this.#promotionAllowed = Promise.withResolvers();
      else this.#promotionAllowed.resolve();
    } else if (defect === 'asynchronous-standby') {
      await this.#after(() => this.#cluster.setAsynchronous(on, this.#stop.signal));
    } else if (!on) {
      await this.#after(() => this.#cluster.fenceForgotten());
    }
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
    await this.#transitions;
    await this.#cluster.remove();
  }

  /** The order and wording of the events are those of field reports; see `phases.ts`. */
  async #failOver(cause: 'requested' | 'detected'): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    if (cause === 'requested') {
      if (this.#defects.has('asynchronous-standby')) await this.#cluster.cutStandbyOff(signal);
      await clock.sleep(phases.untilFenced, signal);
    }
    this.#event('Multi-AZ instance failover started.', 'failover');
    if (this.#defects.has('old-primary-not-fenced')) await this.#cluster.leaveUnfenced();
    else await this.#cluster.fence();
    this.#announce();
    await clock.sleep(this.#takeover(), signal);
    await this.#untilPromotionAllowed();
    if (!(await this.#promoted())) return this.#returnToOldPrimary();
    this.#moveEndpoint();
    this.#event('DB instance restarted', 'availability');
    await clock.sleep(phases.untilCompleted, signal);
    this.#event('Multi-AZ instance failover completed', 'failover');
    if (cause === 'requested') this.#event('The user requested a failover of the DB instance.', 'failover');
    await clock.sleep(phases.untilAvailable, signal);
    this.#become('available');
    this.#rebuildAfter(phases.untilRebuild);
  }

  async #promoted(): Promise<boolean> {
    try {
      await this.#cluster.promote(this.#stop.signal);
      return true;
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      log('%s: %O', this.#options.specification.identifier, error);
      return false;
    }
  }

  /** The old primary was fenced, not removed, and has every acknowledged write. */
  async #returnToOldPrimary(): Promise<void> {
    await this.#cluster.giveUpStandby();
    await this.#cluster.revivePrimary(this.#stop.signal);
    this.#event('Recovered from partial failover.', 'failover');
    this.#become('available');
    this.#rebuildAfter(phases.untilRebuild);
  }

  async #restart(): Promise<void> {
    const { signal } = this.#stop;
    this.#event('DB instance shutdown', 'availability');
    await this.#cluster.shutDown(signal);
    this.#announce();
    await this.#options.clock.sleep(phases.restart, signal);
    await this.#cluster.startAgain(signal);
    this.#event('DB instance restarted', 'availability');
    this.#become('available');
  }

  async #recoverInPlace(): Promise<void> {
    this.#event(
      'Recovery of the DB instance has started. Recovery time will vary with the amount of data to be recovered.',
      'recovery',
    );
    await this.#cluster.revivePrimary(this.#stop.signal);
    this.#event('Recovery of the DB instance is complete.', 'recovery');
    this.#become('available');
    this.#rebuildAfter(phases.untilRebuild);
  }

  /** Runs as the server's exit is seen: what it decides at once, no transition can have missed. */
  #lost(server: PostgresServer): void {
    this.#join?.abort(new Error(`The server at "${server.address}" ended`));
    if (this.#stop.signal.aborted || this.#status === 'creating') return;
    if (server === this.#cluster.primary) {
      this.#then(() => this.#primaryLost(server));
    } else if (server === this.#cluster.candidate?.server) {
      this.#cluster.disqualify(server);
      this.#announce();
      this.#then(() => this.#cluster.dropStandby(server));
      this.#rebuildAfter(phases.untilRebuild);
    }
  }

  async #primaryLost(server: PostgresServer): Promise<void> {
    if (server !== this.#cluster.primary || server.pid !== undefined) return;
    this.#become('rebooting');
    await this.#options.clock.sleep(phases.untilDetected, this.#stop.signal);
    if (this.#cluster.candidate) await this.#failOver('detected');
    else await this.#recoverInPlace();
  }

  #rebuildAfter(delayMs: number): void {
    const { clock } = this.#options;
    clock.after(delayMs, () => this.#then(() => this.#rebuild()), this.#stop.signal);
  }

  /** A standby that could not be made is tried again: the instance serves meanwhile. */
  async #rebuild(): Promise<void> {
    const { multiAz } = this.#options.specification;
    if (!multiAz || this.#cluster.candidate || this.#cluster.primary?.pid === undefined) return;
    this.#join = new AbortController();
    try {
      await this.#cluster.addStandby(AbortSignal.any([this.#stop.signal, this.#join.signal]));
      this.#announce();
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      log('%s: no standby yet: %O', this.#options.specification.identifier, error);
      this.#rebuildAfter(phases.beforeRetry);
    } finally {
      this.#join = undefined;
    }
  }

  /** Queues a transition. One that fails leaves the instance `failed`, and is never silent. */
  #then(transition: () => Promise<void>): void {
    this.#transitions = this.#transitions.then(async () => {
      try {
        if (!this.#stop.signal.aborted) await transition();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        log('%s: %O', this.#options.specification.identifier, error);
        this.#become('failed');
      }
    });
  }

  /** As `#then`, but the outcome, also a bad one, is the caller's. */
  #after<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#transitions.then(() => {
      this.#stop.signal.throwIfAborted();
      return work();
    });
    this.#transitions = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  #moveEndpoint(): void {
    this.#endpointAddress = this.#cluster.primary?.address;
    this.#announce();
  }

  async #untilPromotionAllowed(): Promise<void> {
    const { signal } = this.#stop;
    const stopped = Promise.withResolvers<never>();
    const stop = (): void => stopped.reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    await Promise.race([this.#promotionAllowed.promise, stopped.promise]);
    signal.removeEventListener('abort', stop);
  }

  #takeover(): number {
    return phases.takeover + (this.#options.random.next() * 2 - 1) * phases.takeoverJitter;
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

  #become(status: DatabaseInstance['status']): void {
    this.#status = status;
    this.#announce();
  }

  #announce(): void {
    this.#options.onChange(this.describe());
  }

  #event(message: string, ...categories: string[]): void {
    this.#options.onEvent({ identifier: this.#options.specification.identifier, message, categories });
  }
}

const log = debuglog('stormproof:rds');

function place(server: PostgresServer | undefined): ServerPlace | undefined {
  if (server?.pid === undefined) return undefined;
  return { address: server.address, zone: server.zone, pid: server.pid };
}
