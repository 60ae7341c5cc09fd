import type { ServerPlace } from '../contract.ts';

/** Multi-AZ DB clusters: one writer and two readers in three zones; a commit needs one reader's acknowledgement. */
export interface ClusterPlane {
  /** Resolves when the cluster is available, both readers in its quorum. */
  create(specification: ClusterSpecification): Promise<DatabaseCluster>;
  /** Resolves when the failover is accepted: the status is then `failing-over`. Without a target, the reader with the most WAL. */
  failover(identifier: string, options?: { readonly target?: string }): Promise<void>;
  /** Resolves when the reboot is accepted: the status is then `rebooting`. The writer stays the writer. */
  reboot(identifier: string): Promise<void>;
  delete(identifier: string): Promise<void>;
  describe(identifier: string): DatabaseCluster;
  list(): readonly DatabaseCluster[];
}

export interface ClusterSpecification {
  readonly identifier: string;
  /** Leads to the writer. */
  readonly endpointName: string;
  /** Leads to the readers that are up. */
  readonly readerEndpointName: string;
  readonly databaseName?: string;
  readonly masterUsername: string;
  readonly masterPassword: string;
  readonly port: number;
  /** Each in a zone of its own; the first begins as the writer. */
  readonly members: readonly [MemberSpecification, MemberSpecification, MemberSpecification];
  readonly parameters: Readonly<Record<string, string>>;
}

export interface MemberSpecification {
  readonly identifier: string;
  readonly endpointName: string;
  readonly zone: string;
}

export interface DatabaseCluster {
  readonly identifier: string;
  readonly endpointName: string;
  readonly readerEndpointName: string;
  readonly port: number;
  readonly status: 'creating' | 'available' | 'failing-over' | 'rebooting' | 'deleting' | 'failed';
  /** What the cluster endpoint resolves to, with a TTL of 5 s. */
  readonly endpointAddress?: string;
  /** What the reader endpoint resolves to: never the writer. */
  readonly readerAddresses: readonly string[];
  readonly members: readonly ClusterMember[];
}

export interface ClusterMember extends MemberSpecification {
  readonly role: 'writer' | 'reader';
  /** `rebooting`: it is down, or is being made anew. */
  readonly status: 'creating' | 'available' | 'rebooting';
  /** What its own endpoint name resolves to. */
  readonly address: string;
  /** Absent while it does not run. */
  readonly server?: ServerPlace;
}
