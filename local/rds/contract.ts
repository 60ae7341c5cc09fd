import type { IssuedCertificate } from '../base/certificates.ts';
import type { Clock } from '../base/clock.ts';
import type { Network } from '../base/network.ts';
import type { Breakable, DatabaseFault } from '../base/plane-fault.ts';
import type { Random } from '../base/random.ts';
import type { ClusterPlane, DatabaseCluster } from './db-cluster/contract.ts';

/** RDS DB instances, each on one or two real PostgreSQL servers. */
export interface DatabasePlane extends AsyncDisposable, Breakable<DatabaseFault> {
  /** Resolves when the instance is available, its standby synchronous. */
  create(specification: DatabaseSpecification): Promise<DatabaseInstance>;
  /** Resolves when the reboot is accepted: the status is then `rebooting`. */
  reboot(identifier: string, options: { readonly forceFailover: boolean }): Promise<void>;
  /** All that the instance's parameter group sets, in place of what it set. Dynamic ones act at once; names that wait for a reboot are returned. */
  modifyParameters(
    identifier: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<{ readonly pendingReboot: readonly string[] }>;
  /** Resolves when only the new password opens a session; those that stand go on. */
  setMasterPassword(identifier: string, password: string): Promise<void>;
  /** Resolves when the stop is accepted: `stopping`, then `stopped`. The name stays, and nobody listens. */
  stop(identifier: string): Promise<void>;
  /** Resolves when the start is accepted: `starting`, then `available`. */
  start(identifier: string): Promise<void>;
  /** The status is `modifying` or `upgrading` at once; resolves when the change is in force. */
  modify(identifier: string, change: DatabaseChange): Promise<void>;
  /** Automated backups: while they are on, WAL is archived. Turned off, what was archived is gone. */
  setBackups(identifier: string, on: boolean): Promise<void>;
  /** Takes a base backup, which stays until it is dropped, also without its instance. Resolves when it is complete. */
  backUp(identifier: string, backup: string): Promise<void>;
  dropBackup(backup: string): Promise<void>;
  /** As `create`, out of what another instance was; roles and passwords are that one's. */
  restore(specification: DatabaseSpecification, from: RestoreSource): Promise<DatabaseInstance>;
  delete(identifier: string): Promise<void>;
  describe(identifier: string): DatabaseInstance;
  list(): readonly DatabaseInstance[];
  setDefect(identifier: string, defect: DatabaseDefect, on: boolean): Promise<void>;
  /** Whether each server stores its data on a file system of its own, which can be full. */
  readonly ownVolumes: boolean;
  /** Multi-AZ DB clusters; identifiers of clusters and of instances are told apart. */
  readonly clusters: ClusterPlane;
}

export interface DatabasePlaneOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Owned by the plane while it lives; its parents must be enterable by the servers' user. Keep the path short: sockets live in it. */
  readonly dataDirectory: string;
  /** A loopback address of its own for one server. */
  allocateAddress(): string;
  certificate(names: readonly string[], addresses: readonly string[]): Promise<IssuedCertificate>;
  readonly caPem: string;
  /** Stands between servers and those who connect to them; absent: nothing does. */
  readonly network?: Pick<Network, 'relay'>;
  /** Whether an instance's security groups let this source address in; absent: everybody. Needs a network to stand in. */
  admits?(identifier: string, source: string): boolean;
  /** Absent: nobody logs in by token. Needs a network to stand in. */
  readonly iam?: IamAuthentication;
  /** Status, addresses, zones or processes of an instance are not what they were. */
  onChange(instance: DatabaseInstance): void;
  /** The same of a cluster. */
  onClusterChange?(cluster: DatabaseCluster): void;
  onEvent(event: DatabaseEvent): void;
  /** Lets the owner tie each postmaster to a lifeline, and each child of one that is frozen, which could not follow it. */
  onProcess?(process: ServerProcess): void;
  /** Ends every server and every transition. */
  readonly signal: AbortSignal;
}

/** Who may log in by an authentication token, and what tokens are signed with. */
export interface IamAuthentication {
  readonly region: string;
  /** Whether an instance has it on; asked for each new connection. */
  isOn(identifier: string): boolean;
  /** Undefined for an access key that nobody has. */
  secretOf(accessKeyId: string): string | undefined;
}

export interface DatabaseSpecification {
  readonly identifier: string;
  /** The name that clients connect to and that the certificate is for. */
  readonly endpointName: string;
  /** Absent: only the database `postgres`, as RDS does without DBName. */
  readonly databaseName?: string;
  readonly masterUsername: string;
  readonly masterPassword: string;
  readonly port: number;
  readonly multiAz: boolean;
  /** Where the primary and the standby start. */
  readonly zones: readonly [primary: string, standby: string];
  readonly parameters: Readonly<Record<string, string>>;
}

/** What of an instance needs work on its servers. */
export interface DatabaseChange {
  readonly multiAz?: boolean;
  /** A standby of the new class takes over, then the other is replaced; without a standby, the server restarts. */
  readonly instanceClass?: string;
  /** Both servers restart together: RDS for PostgreSQL upgrades them at the same time. */
  readonly engineVersion?: string;
}

/** RDS User Guide, "Viewing instance status": those that something here brings about. */
export type DatabaseStatus =
  | 'creating'
  | 'available'
  | 'rebooting'
  | 'modifying'
  | 'upgrading'
  | 'stopping'
  | 'stopped'
  | 'starting'
  /** Its storage has no room, and it waits for some. */
  | 'storage-full'
  | 'deleting'
  | 'failed';

export interface DatabaseInstance {
  readonly identifier: string;
  readonly endpointName: string;
  readonly port: number;
  readonly multiAz: boolean;
  readonly status: DatabaseStatus;
  /** What the endpoint name resolves to, with a TTL of 5 s. */
  readonly endpointAddress?: string;
  readonly primary?: ServerPlace;
  /** Present only while it holds every acknowledged commit, so that it could take over. */
  readonly standby?: ServerPlace;
  /** The standby's zone; absent with it, so that whoever waits for a standby can see one. */
  readonly secondaryZone?: string;
  /** To which instants it can be restored; absent until a backup and the WAL after it are there. */
  readonly restorable?: RestorableWindow;
}

/** A backup as it is, or an instance with automated backups at an instant of its window. */
export type RestoreSource =
  | { readonly backup: string }
  | { readonly identifier: string; readonly time: Date };

export interface RestorableWindow {
  readonly earliest: Date;
  readonly latest: Date;
}

export interface ServerPlace {
  readonly address: string;
  readonly zone: string;
  /** The postmaster. */
  readonly pid: number;
}

/** `date` is absent: the receiver stamps it, from the same clock. */
export interface DatabaseEvent {
  readonly identifier: string;
  /** Absent: a DB instance. */
  readonly source?: 'db-cluster';
  readonly message: string;
  readonly categories: readonly string[];
}

export interface ServerProcess {
  readonly state: 'started' | 'ended';
  readonly pid: number;
  readonly dataDirectory: string;
}

/** Defects of the deployment that a requirement must catch; never on unless a mutant asks. */
export type DatabaseDefect =
  /** Commits do not wait, and a forced failover takes a standby that stopped receiving before. */
  | 'asynchronous-standby'
  /** A failover never ends. */
  | 'standby-cannot-be-promoted'
  /** After a failover the old primary goes on serving the connections it has, and new ones. */
  | 'old-primary-not-fenced'
  /** The fence turns away new connections alone: those that the old primary has, it goes on serving. */
  | 'old-primary-keeps-sessions'
  /** A commit is acknowledged while it is in the server's memory alone, whatever the parameter group says. */
  | 'commits-before-durable'
  /** One segment of WAL is reported as archived and is not in the archive. */
  | 'archive-loses-a-segment'
  /** A restore to an instant takes in all that was archived. */
  | 'restore-ignores-target-time'
  /** Nobody looks after a primary that ended or hangs. */
  | 'automatic-failover-off'
  /** After a failover the endpoint name goes on leading to the old primary. */
  | 'endpoint-does-not-move';

export class DatabasePlaneError extends Error {
  readonly code: 'NotFound' | 'AlreadyExists' | 'InvalidState' | 'InvalidParameter' | 'CannotStart';

  constructor(code: DatabasePlaneError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatabasePlaneError';
    this.code = code;
  }
}
