import type { DBCluster } from '@aws-sdk/client-rds';
import { AwsError } from '../../../service.ts';
import type { RdsState } from '../state.ts';
import type { EngineCluster, MemberPlace } from './engine.ts';

export interface StoredCluster {
  readonly identifier: string;
  readonly endpointName: string;
  readonly readerEndpointName: string;
  readonly subnetGroup: string;
  readonly members: readonly [MemberPlace, MemberPlace, MemberPlace];
  /** DbiResourceId of each member. */
  readonly resourceIds: readonly string[];
  /** What was asked for, in the shape that DescribeDBClusters gives. */
  settings: DBCluster;
  deleting: boolean;
  failed: boolean;
  /** Undefined until the engine speaks of it. */
  engine: EngineCluster | undefined;
  firstAvailableAt: Date | undefined;
}

export function findCluster({ clusters }: RdsState, identifier = ''): StoredCluster {
  const cluster = clusters.get(identifier.toLowerCase());
  if (!cluster) throw new AwsError('DBClusterNotFoundFault', `DBCluster ${identifier} not found.`);
  return cluster;
}

/** The cluster that an instance is a member of. */
export function clusterOfMember({ clusters }: RdsState, identifier: string): StoredCluster | undefined {
  return [...clusters.values()].find(({ members }) =>
    members.some((member) => member.identifier === identifier.toLowerCase()),
  );
}

export function clusterStatusOf({ engine, deleting, failed }: StoredCluster): string {
  if (deleting) return 'deleting';
  if (failed) return 'failed';
  return engine?.status ?? 'creating';
}
