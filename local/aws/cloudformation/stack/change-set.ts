import type {
  Capability,
  Change,
  ChangeSetStatus,
  ChangeSetType,
  ExecutionStatus,
} from '@aws-sdk/client-cloudformation';
import type { Model } from './model.ts';

export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly type: ChangeSetType;
  readonly description?: string;
  readonly createdAt: Date;
  readonly model: Model;
  readonly capabilities: readonly Capability[];
  status: ChangeSetStatus;
  execution: ExecutionStatus;
  reason?: string;
  changes: readonly Change[];
}
