import type { ManagedSecrets } from '../secretsmanager/secretsmanager.ts';
import type { SubnetPlace } from '../subnet-place.ts';
import type { ClusterEngine } from './clusters/engine.ts';
import type { DatabaseEngine } from './engine.ts';

export interface RdsPorts {
  readonly engine: DatabaseEngine;
  /** Absent where the engine has no clusters: their operations are unknown then. */
  readonly clusters?: ClusterEngine;
  /** Where passwords are that RDS manages. */
  readonly secrets: ManagedSecrets;
  /** Those of the subnets that exist. */
  subnets(subnetIds: readonly string[]): readonly SubnetPlace[];
  /** Undefined where there is no such group. */
  vpcOfSecurityGroup(groupId: string): string | undefined;
  defaultSecurityGroup(vpcId: string): string;
}
