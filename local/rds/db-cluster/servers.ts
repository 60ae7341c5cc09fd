import type { IssuedCertificate } from '../../base/certificates.ts';
import { replicate } from '../replicate.ts';
import { revive } from '../revive.ts';
import { createRoles } from '../roles.ts';
import type { Seed } from '../seed.ts';
import type { ChangeableSettings, ServerHost } from '../server.ts';
import { PostgresServer } from '../server.ts';
import { replicationUser } from '../session.ts';
import { until } from '../until.ts';
import { mostAdvanced } from './choice.ts';
import type { ClusterSpecification } from './contract.ts';
import type { Member } from './member.ts';
import { clusterPhases } from './phases.ts';
import { walPosition } from './position.ts';
import { Quorum } from './quorum.ts';
import { dropUnusedSlots, reserveWal } from './slots.ts';

export interface ClusterServersOptions {
  readonly host: ServerHost;
  readonly specification: ClusterSpecification;
  readonly certificate: IssuedCertificate;
  readonly replicationPassword: string;
  /** A server ended that nobody had asked to. */
  onLost(server: PostgresServer): void;
}

/** The servers of one cluster: what can be done with them, in real time. When, is decided in `db-cluster.ts`. */
export class ClusterServers {
  readonly #options: ClusterServersOptions;
  readonly #quorum = new Quorum();
  readonly members: readonly Member[];
  #writer: Member;
  #standbys = 0;

  constructor(options: ClusterServersOptions) {
    this.#options = options;
    const [writer, ...readers] = options.specification.members.map((specification) => ({
      specification,
      address: options.host.allocateAddress(),
      server: undefined,
      standbyName: '',
      up: false,
    })) as [Member, Member, Member];
    this.members = [writer, ...readers];
    this.#writer = writer;
  }

  /** Still named after it was fenced, until another is promoted. */
  get writer(): Member {
    return this.#writer;
  }

  get readers(): readonly Member[] {
    return this.members.filter((member) => member !== this.#writer);
  }

  memberOf(server: PostgresServer): Member | undefined {
    return this.members.find((member) => member.server === server);
  }

  async start(seed: Seed, signal: AbortSignal): Promise<void> {
    const { specification, certificate, replicationPassword } = this.#options;
    const server = this.#newServer(this.#writer);
    await server.prepare(certificate);
    await seed.fill(server.dataDirectory);
    await server.configure({ parameters: specification.parameters });
    await server.start();
    await server.answering(signal);
    await createRoles(server, specification, { replicationPassword, signal });
    this.#writer.up = true;
  }

  /** Makes a reader's server afresh from the writer; it is up, and a voter, when this returns. */
  async makeReader(reader: Member, signal: AbortSignal): Promise<void> {
    await this.retainVoters(signal);
    const { host, specification, certificate } = this.#options;
    const server = this.#newServer(reader);
    reader.standbyName = `reader_${++this.#standbys}`;
    try {
      await server.prepare(certificate);
      await replicate(
        { primary: this.#serverOf(this.#writer), standby: server, slot: reader.standbyName },
        { account: host.account, signal, keep: this.#livingNames() },
      );
      await server.configure({
        parameters: specification.parameters,
        hotStandby: true,
        // In force before it could ever be promoted: its first commit, too, waits for a reader of its own.
        quorum: [],
        follows: this.#upstream(reader, this.#writer),
      });
      await server.start();
      await server.readable(signal);
      await this.#admit(reader, signal);
      if (server.pid === undefined)
        throw new Error(`Cannot add "${reader.standbyName}": it ended as it joined`);
      reader.up = true;
    } catch (error) {
      await this.removeReader(reader);
      throw error;
    }
  }

  async removeReader(reader: Member): Promise<void> {
    reader.up = false;
    await reader.server?.remove();
    reader.server = undefined;
  }

  /** Commits go on with the readers that live; without one they wait until there is one. */
  async retainVoters(signal: AbortSignal): Promise<void> {
    const writer = this.#serverOf(this.#writer);
    await this.#quorum.retain(writer, new Set(this.#livingNames()), this.#patience(signal));
  }

  /** When this returns, the writer can acknowledge nothing to anybody any more. */
  async fence(): Promise<void> {
    this.#writer.up = false;
    await this.#serverOf(this.#writer).powerOff();
  }

  /** Only after `fence`: the reader that has every acknowledged commit; undefined where none can be proved to. */
  async choose(signal: AbortSignal): Promise<Member | undefined> {
    const voters = [...this.#quorum.voters].map((name) =>
      this.readers.find(({ standbyName, server }) => standbyName === name && server?.pid !== undefined),
    );
    return mostAdvanced(
      await Promise.all(
        voters.map(async (reader) => ({
          reader,
          position: reader && (await this.#position(reader, signal)),
        })),
      ),
    );
  }

  /** The target becomes one that may be chosen too: it takes from the chosen what it lacks. */
  async catchUp(target: Member, chosen: Member, signal: AbortSignal): Promise<boolean> {
    const wanted = await this.#position(chosen, signal);
    if (wanted === undefined) return false;
    await this.#follow(target, chosen, signal);
    const look = async (): Promise<{ value: true } | { seen: string }> => {
      const position = await this.#position(target, signal);
      return position !== undefined && position >= wanted
        ? { value: true }
        : { seen: `position ${position}` };
    };
    const what = `"${target.standbyName}" to have what "${chosen.standbyName}" has`;
    try {
      return await until(look, { what, ...this.#patience(signal) });
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }

  /** Only after `fence`, and only the chosen one. Its commits wait for the other reader from the first on. */
  async promote(chosen: Member, signal: AbortSignal): Promise<void> {
    const server = this.#serverOf(chosen);
    const other = this.readers.find((reader) => reader !== chosen && reader.server?.pid !== undefined);
    this.#quorum.forget();
    if (other) await reserveWal(server, other.standbyName, signal);
    await server.configure({ quorum: other ? [other.standbyName] : [], follows: undefined });
    server.reload();
    await server.promote(signal);
    await server.admit();
    const old = this.#writer;
    this.#writer = chosen;
    chosen.up = true;
    await this.removeReader(old);
  }

  /** The writer starts again on its own data, as after a host's recovery: it has every acknowledged commit. */
  async reviveWriter(signal: AbortSignal): Promise<void> {
    await revive(this.#serverOf(this.#writer), signal);
    this.#writer.up = true;
  }

  /** After a failover: the reader takes its WAL from the present writer, whose new timeline begins where it still is, and votes again. */
  async rejoin(reader: Member, signal: AbortSignal): Promise<void> {
    await this.#follow(reader, this.#writer, signal);
    await this.#admit(reader, signal);
    await dropUnusedSlots(this.#serverOf(reader), signal);
    reader.up = true;
  }

  async restart(signal: AbortSignal, between: () => Promise<void>): Promise<void> {
    for (const member of this.members) member.up = false;
    const writer = this.#serverOf(this.#writer);
    const readers = this.readers.filter(({ server }) => server?.pid !== undefined);
    await writer.shutDown(signal);
    await Promise.all(readers.map(({ server }) => server?.shutDown(signal)));
    await between();
    await this.reviveWriter(signal);
    await Promise.all(readers.map((reader) => this.#startReader(reader, signal)));
  }

  /** One that does not start again is made anew. */
  async #startReader(reader: Member, signal: AbortSignal): Promise<void> {
    try {
      await reader.server?.start();
      await reader.server?.readable(signal);
      reader.up = true;
    } catch {
      signal.throwIfAborted();
      await this.removeReader(reader);
    }
  }

  async remove(): Promise<void> {
    await Promise.all(this.members.map(({ server }) => server?.remove()));
  }

  async #admit({ standbyName }: Member, signal: AbortSignal): Promise<void> {
    await this.#quorum.admit(this.#serverOf(this.#writer), standbyName, this.#patience(signal));
  }

  async #follow(reader: Member, upstream: Member, signal: AbortSignal): Promise<void> {
    await reserveWal(this.#serverOf(upstream), reader.standbyName, signal);
    const server = this.#serverOf(reader);
    await server.configure({ follows: this.#upstream(reader, upstream) });
    server.reload();
  }

  /** Undefined where it does not say in time. */
  async #position({ server }: Member, signal: AbortSignal): Promise<bigint | undefined> {
    try {
      return server && (await walPosition(server, { ...this.#patience(signal), signal }));
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  #livingNames(): readonly string[] {
    return this.readers.flatMap(({ server, standbyName }) =>
      server?.pid === undefined ? [] : [standbyName],
    );
  }

  #upstream(reader: Member, upstream: Member): ChangeableSettings['follows'] {
    const { specification, replicationPassword } = this.#options;
    const { standbyName } = reader;
    const server = this.#serverOf(upstream);
    const connection = {
      host: specification.endpointName,
      hostaddr: server.address,
      port: String(server.replicationPort),
      user: replicationUser,
      password: replicationPassword,
      application_name: standbyName,
      sslmode: 'verify-full',
      sslrootcert: this.#serverOf(reader).caFile,
    };
    return { slot: standbyName, connection };
  }

  #newServer(member: Member): PostgresServer {
    const { host, specification, onLost } = this.#options;
    const { identifier, port } = specification;
    const { admits } = host;
    const place = {
      address: member.address,
      zone: member.specification.zone,
      port,
      admits: admits && ((source: string) => admits(identifier, source)),
    };
    const server = new PostgresServer(host, place, onLost);
    member.server = server;
    return server;
  }

  #serverOf({ server, specification }: Member): PostgresServer {
    if (server) return server;
    throw new Error(`Cannot act on "${specification.identifier}": expected a server, got none`);
  }

  #patience(signal: AbortSignal): { timeoutWallMs: number; signal: AbortSignal } {
    const { clock } = this.#options.host;
    return { timeoutWallMs: Math.max(leastPatienceWallMs, clock.toWallMs(clusterPhases.patience)), signal };
  }
}

const leastPatienceWallMs = 5000;
