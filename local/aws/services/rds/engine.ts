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
    | 'deleting'
    | 'failed';
  /** What the endpoint name means now. */
  readonly endpointAddress?: string;
  readonly primary?: { readonly zone: string };
  readonly secondaryZone?: string;
}

/** The service stamps it with the time when it arrives. */
export interface EngineEvent {
  readonly identifier: string;
  readonly message: string;
  readonly categories: readonly string[];
}
