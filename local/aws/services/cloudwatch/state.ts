import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { AwsError, type ServiceContext } from '../../service.ts';
import type { TagStore } from '../tag-store.ts';

export interface CloudWatchState {
  readonly context: ServiceContext;
  /** By name. */
  readonly alarms: Map<string, MetricAlarm>;
  /** By ARN. */
  readonly tags: TagStore;
}

export function findAlarm({ alarms }: CloudWatchState, name = ''): MetricAlarm {
  const found = alarms.get(name);
  if (found) return found;
  throw new AwsError('ResourceNotFound', `Unknown alarm: ${name}`);
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
