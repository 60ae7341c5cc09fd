import { randomBytes } from 'node:crypto';
import type { DatabasePlaneOptions } from '../contract.ts';
import { DatabasePlaneError } from '../contract.ts';
import type { Seed } from '../seed.ts';
import type { ServerHost } from '../server.ts';
import type { ClusterPlane, ClusterSpecification } from './contract.ts';
import { DbCluster } from './db-cluster.ts';

export interface Clusters {
  readonly plane: ClusterPlane;
  find(identifier: string): DbCluster | undefined;
  close(): Promise<void>;
}

export function createClusters(
  options: DatabasePlaneOptions,
  { host, seed, signal }: { readonly host: ServerHost; readonly seed: Seed; readonly signal: AbortSignal },
): Clusters {
  const clusters = new Map<string, DbCluster>();
  const find = (identifier: string): DbCluster => {
    const cluster = clusters.get(identifier);
    if (cluster) return cluster;
    throw new DatabasePlaneError('NotFound', `Cannot find a DB cluster named "${identifier}"`);
  };
  const plane: ClusterPlane = {
    create: async (specification) => {
      const { identifier } = specification;
      const certificate = await options.certificate(namesOf(specification), []);
      signal.throwIfAborted();
      check(specification, clusters.has(identifier));
      const replicationPassword = randomBytes(24).toString('base64url');
      const cluster = new DbCluster({ ...options, host, specification, certificate, replicationPassword });
      clusters.set(identifier, cluster);
      try {
        return await cluster.create(seed);
      } catch (error) {
        clusters.delete(identifier);
        throw error;
      }
    },
    failover: async (identifier, how) => find(identifier).failover(how),
    reboot: async (identifier) => find(identifier).reboot(),
    delete: async (identifier) => {
      await find(identifier).delete();
      clusters.delete(identifier);
    },
    describe: (identifier) => find(identifier).describe(),
    list: () => [...clusters.values()].map((cluster) => cluster.describe()),
  };
  return {
    plane,
    find: (identifier) => clusters.get(identifier),
    close: async () => {
      await Promise.all([...clusters.values()].map((cluster) => cluster.close()));
    },
  };
}

/** One certificate for all three: any of them may be the writer. */
function namesOf({ endpointName, readerEndpointName, members }: ClusterSpecification): readonly string[] {
  return [endpointName, readerEndpointName, ...members.map((member) => member.endpointName)];
}

function check({ identifier, members }: ClusterSpecification, exists: boolean): void {
  if (exists)
    throw new DatabasePlaneError(
      'AlreadyExists',
      `Cannot create "${identifier}": a DB cluster of that name exists`,
    );
  const zones = members.map(({ zone }) => zone);
  if (new Set(zones).size < zones.length)
    throw new DatabasePlaneError(
      'InvalidParameter',
      `Cannot create "${identifier}": expected three zones, got ${zones.join(', ')}`,
    );
}
