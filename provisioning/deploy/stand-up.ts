import type { Blueprint } from './blueprint.ts';
import type { LoadFromPods } from './cloud-steps.ts';
import { layCloud } from './cloud-steps.ts';
import { findLoadBalancer, untilLoadBalancerActive } from './load-balancer.ts';
import { liveOrigin, pointOrigin } from './origin.ts';
import { placeholderOrigin } from './placeholder-origin.ts';
import type { StandUpClients } from './stand-up-clients.ts';
import type { Progress } from './steps.ts';
import { createSteps } from './steps.ts';
import { layWorkload } from './workload-steps.ts';

/** What standing up made: names that the deployment file does not tell. */
export interface StoodUp {
  readonly distributionId: string;
  readonly distributionDomainName: string;
  /** Where the distribution sends requests now; not the ingress's load balancer when somebody switched before. */
  readonly origin: string;
  readonly loadBalancerArn: string;
  readonly loadBalancerDnsName: string;
  readonly edgeWebAclArn?: string;
  readonly loadBalancerWebAclArn?: string;
  readonly hostedZoneId: string;
  readonly vpcId: string;
  readonly databaseEndpoint?: string;
  readonly databasePort?: number;
  readonly image: string;
  readonly load?: LoadFromPods;
  readonly workloadLogGroup: string;
}

/**
 * Stands a deployment up, or brings one that stands to the blueprint. What is independent runs at the same time:
 * cluster and database are slow and both need the network alone; the distribution needs none of them.
 */
export async function standUp(
  blueprint: Blueprint,
  clients: StandUpClients,
  signal: AbortSignal,
  onProgress?: Progress,
): Promise<StoodUp> {
  const { step, finish } = createSteps(signal, onProgress);
  const cloud = layCloud(blueprint, clients, step);
  const { workload, host } = layWorkload(blueprint, clients, step, cloud);
  const loadBalancer = step('load-balancer', { host }, ({ host: dnsName }, stop) =>
    untilLoadBalancerActive(clients.elbv2, dnsName, { clock: clients.clock, signal: stop }),
  );
  const { edge, page } = cloud;
  const origin = step('origin', { edge, page, workload, loadBalancer, host }, (made, stop) =>
    settleOrigin(blueprint, clients, made.edge.DistributionId ?? '', made.host, stop),
  );
  await finish();
  const [zone, network, telemetry, database] = await Promise.all([
    cloud.zone,
    cloud.network,
    cloud.telemetry,
    cloud.database,
  ]);
  const [edgeOutputs, ingress, balancer] = await Promise.all([edge, cloud.ingress, loadBalancer]);
  return {
    distributionId: edgeOutputs.DistributionId ?? '',
    distributionDomainName: edgeOutputs.DistributionDomainName ?? '',
    origin: await origin,
    loadBalancerArn: balancer?.LoadBalancerArn ?? '',
    loadBalancerDnsName: await host,
    edgeWebAclArn: edgeOutputs.WebAclArn,
    loadBalancerWebAclArn: ingress.WebAclArn,
    hostedZoneId: zone,
    vpcId: network.VpcId ?? '',
    databaseEndpoint: database.Host,
    databasePort: database.Port === undefined ? undefined : Number(database.Port),
    image: await cloud.image,
    load: await cloud.load,
    workloadLogGroup: telemetry.WorkloadLogGroup ?? '',
  };
}

/**
 * The last step of a deployment: the distribution's origin becomes the load balancer that the ingress got. An origin
 * that names another load balancer that stands was switched on purpose, and stays.
 */
async function settleOrigin(
  blueprint: Blueprint,
  { cloudfront: client, elbv2, clock }: StandUpClients,
  distributionId: string,
  host: string,
  signal: AbortSignal,
): Promise<string> {
  const options = { client, clock, signal, distributionId };
  const live = await liveOrigin(options);
  const stands = live !== placeholderOrigin(blueprint) && (await findLoadBalancer(elbv2, live));
  const wanted = stands ? live : host;
  await pointOrigin(options, wanted);
  return wanted;
}
