import type { Cluster, Nodegroup, Update } from '@aws-sdk/client-eks';
import { AwsError, type ServiceContext } from '../../service.ts';
import type { Ec2Service } from '../ec2/ec2.ts';

export interface EksPorts {
  /** Where a cluster's API server is, once the cluster is active. */
  readonly endpoint: (clusterName: string) => {
    readonly url: string;
    readonly certificateAuthorityPem: string;
  };
  /** The network that clusters are made in. */
  readonly network: Pick<Ec2Service, 'snapshot' | 'createServiceGroup' | 'deleteServiceGroup'>;
}

export interface EksState {
  readonly context: ServiceContext;
  readonly ports: EksPorts;
  readonly clusters: Map<string, Cluster>;
  /** By `cluster/nodegroup`. */
  readonly nodegroups: Map<string, Nodegroup>;
  readonly updates: Map<string, Update>;
}

/**
 * Real clusters take about eight minutes, node groups two. What waits for a status must wait here too, but the
 * API server and the nodes of an embedded stack start by themselves and need none of that time.
 */
export const changeMs = 3_000;

export function findCluster({ clusters }: EksState, name: string | undefined): Cluster {
  const found = clusters.get(name ?? '');
  if (found) return found;
  throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`, {
    clusterName: name,
  });
}

export function activeCluster(state: EksState, name: string | undefined): Cluster {
  const cluster = findCluster(state, name);
  if (cluster.status === 'ACTIVE') return cluster;
  throw new AwsError('InvalidRequestException', `Cluster '${name}' is not in ACTIVE status`, {
    clusterName: name,
  });
}

export function findNodegroup(state: EksState, clusterName = '', nodegroupName = ''): Nodegroup {
  findCluster(state, clusterName);
  const found = state.nodegroups.get(`${clusterName}/${nodegroupName}`);
  if (found) return found;
  throw new AwsError('ResourceNotFoundException', `No node group found for name: ${nodegroupName}.`, {
    clusterName,
    nodegroupName,
  });
}

/** Runs `task` when the status has had its time, and tells the data planes. */
export function later({ context }: EksState, task: () => void): void {
  const run = (): void => {
    task();
    context.changed();
  };
  context.clock.after(changeMs, run, context.signal);
}
