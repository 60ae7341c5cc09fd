/**
 * The real databases behind DB instances. The engine tells what happens to them by calling the service's
 * `instanceChanged` and `eventHappened`; everything here is plain data.
 */
export interface DatabaseEngine {
  /** Resolves when the instance is available. */
  create(specification: DatabaseSpecification): Promise<unknown>;
  /** Resolves when the reboot is accepted; rejects with `code: 'InvalidState'` when it cannot be. */
  reboot(identifier: string, options: { readonly forceFailover: boolean }): Promise<void>;
  /** All parameters that the instance's group sets; gives the names that wait for a reboot. */
  modifyParameters(
    identifier: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<{ readonly pendingReboot: readonly string[] }>;
  /** Resolves when only the new password opens the database. */
  setMasterPassword(identifier: string, password: string): Promise<void>;
  /** Resolves when the stop, or the start, is accepted; rejects with `code: 'InvalidState'` when it cannot be. */
  stop(identifier: string): Promise<void>;
  start(identifier: string): Promise<void>;
  /** Resolves when the change is in force; the engine says `modifying` or `upgrading` meanwhile. */
  modify(identifier: string, change: EngineChange): Promise<void>;
  /** Automated backups: while they are on, the instance can be restored to any instant after a backup. */
  setBackups(identifier: string, on: boolean): Promise<void>;
  /** Resolves when the backup is complete; it stays until it is dropped, also without its instance. */
  backUp(identifier: string, backup: string): Promise<void>;
  dropBackup(backup: string): Promise<void>;
  /** As `create`, out of what another instance was; the master password is that one's. */
  restore(specification: DatabaseSpecification, from: EngineRestoreSource): Promise<unknown>;
  /** Resolves when nothing of the instance is left. */
  delete(identifier: string): Promise<void>;
}

export interface DatabaseSpecification {
  readonly identifier: string;
  readonly endpointName: string;
  readonly databaseName?: string;
  readonly masterUsername: string;
  readonly masterPassword: string;
  readonly port: number;
  readonly multiAz: boolean;
  readonly zones: readonly [primary: string, standby: string];
  readonly parameters: Readonly<Record<string, string>>;
}

export interface EngineChange {
  readonly multiAz?: boolean;
  readonly instanceClass?: string;
  readonly engineVersion?: string;
}

export type EngineRestoreSource =
  | { readonly backup: string }
  | { readonly identifier: string; readonly time: Date };

/** An instance as its engine sees it. */
export interface EngineInstance {
  readonly identifier: string;
  readonly status:
    | 'creating'
    | 'available'
    | 'rebooting'
    | 'modifying'
    | 'upgrading'
    | 'stopping'
    | 'stopped'
    | 'starting'
    | 'storage-full'
    | 'deleting'
    | 'failed';
  /** What the endpoint name means now. */
  readonly endpointAddress?: string;
  readonly primary?: { readonly zone: string };
  readonly secondaryZone?: string;
  /** To which instants it can be restored; absent while there is none. */
  readonly restorable?: { readonly earliest: Date; readonly latest: Date };
}

/** The service stamps it with the time when it arrives. */
export interface EngineEvent {
  readonly identifier: string;
  /** Absent: a DB instance. */
  readonly source?: 'db-cluster';
  readonly message: string;
  readonly categories: readonly string[];
}
