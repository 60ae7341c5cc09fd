import type { ManagedSecrets } from '../secretsmanager/secretsmanager.ts';
import type { SubnetPlace } from '../subnet-place.ts';
import type { DatabaseEngine } from './engine.ts';

export interface RdsPorts {
  readonly engine: DatabaseEngine;
  /** Where passwords are that RDS manages. */
  readonly secrets: ManagedSecrets;
  /** Those of the subnets that exist. */
  subnets(subnetIds: readonly string[]): readonly SubnetPlace[];
  /** Undefined where there is no such group. */
  vpcOfSecurityGroup(groupId: string): string | undefined;
  defaultSecurityGroup(vpcId: string): string;
}
