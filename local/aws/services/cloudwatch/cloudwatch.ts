import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import type { AwsService, ServiceContext } from '../../service.ts';
import { createTagStore } from '../tag-store.ts';
import { alarmHandlers } from './alarm-handlers.ts';
import { tagHandlers } from './tag-handlers.ts';

/** Alarms alone: nothing publishes metrics here, so only SetAlarmState moves an alarm. */
export function createCloudWatchService(context: ServiceContext): AwsService {
  const state = { context, alarms: new Map(), tags: createTagStore() };
  return {
    sdk: cloudwatch,
    client: cloudwatch.CloudWatchClient,
    handlers: { ...alarmHandlers(state), ...tagHandlers(state) },
    enums: {
      StateValue: cloudwatch.StateValue,
      ComparisonOperator: cloudwatch.ComparisonOperator,
      Statistic: cloudwatch.Statistic,
    },
    invalidInputCodes: { missing: 'ValidationError', constraint: 'ValidationError' },
  };
}
