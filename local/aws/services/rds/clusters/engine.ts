/** The real databases behind Multi-AZ DB clusters; they tell what happens by `clusterChanged` and `eventHappened`. Plain data, as `DatabaseEngine`. */
export interface ClusterEngine {
  /** Resolves when the cluster is available. */
  create(specification: ClusterSpecification): Promise<unknown>;
  /** Resolves when the failover is accepted; rejects with `code: 'InvalidState'` when it cannot be. */
  failover(identifier: string, options: { readonly target?: string }): Promise<void>;
  /** The same of a reboot. */
  reboot(identifier: string): Promise<void>;
  /** Resolves when nothing of the cluster is left. */
  delete(identifier: string): Promise<void>;
}

export interface ClusterSpecification {
  readonly identifier: string;
  readonly endpointName: string;
  readonly readerEndpointName: string;
  readonly databaseName?: string;
  readonly masterUsername: string;
  readonly masterPassword: string;
  readonly port: number;
  readonly members: readonly [MemberPlace, MemberPlace, MemberPlace];
  readonly parameters: Readonly<Record<string, string>>;
}

export interface MemberPlace {
  readonly identifier: string;
  readonly endpointName: string;
  readonly zone: string;
}

/** A cluster as its engine sees it. */
export interface EngineCluster {
  readonly identifier: string;
  readonly status: 'creating' | 'available' | 'failing-over' | 'rebooting' | 'deleting' | 'failed';
  /** What the cluster endpoint means now. */
  readonly endpointAddress?: string;
  /** What the reader endpoint means now. */
  readonly readerAddresses: readonly string[];
  readonly members: readonly {
    readonly identifier: string;
    readonly role: 'writer' | 'reader';
    readonly status: 'creating' | 'available' | 'rebooting';
    readonly address: string;
  }[];
}
