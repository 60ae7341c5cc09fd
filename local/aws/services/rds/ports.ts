import type { SubnetPlace } from '../subnet-place.ts';
import type { DatabaseEngine } from './engine.ts';

export interface RdsPorts {
  readonly engine: DatabaseEngine;
  /** Those of the subnets that exist. */
  subnets(subnetIds: readonly string[]): readonly SubnetPlace[];
}
