import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { SubnetPlace } from '../subnet-place.ts';

export interface Elbv2Ports {
  /** Those of the subnets that exist. */
  subnets(subnetIds: readonly string[]): readonly SubnetPlace[];
  /** Those of the security groups that exist. */
  securityGroups(groupIds: readonly string[]): readonly string[];
  /** The VPC's own, which a load balancer without any gets. */
  defaultSecurityGroup(vpcId: string): string;
  certificateExists(certificateArn: string): boolean;
  /** The zone of an IP address or instance that is registered without one. */
  zoneOf(targetId: string): string | undefined;
  /** A new address of a load balancer's node in the zone. */
  allocateAddress(zone: string): string;
  /** What the data plane's health checks say now; targets that it does not know yet are absent. */
  targetHealth(targetGroupArn: string): readonly TargetHealthDescription[];
}
