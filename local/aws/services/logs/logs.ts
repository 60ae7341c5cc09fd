import * as logs from '@aws-sdk/client-cloudwatch-logs';
import type { AwsService, ServiceContext } from '../../service.ts';
import { announcing } from '../announcing.ts';
import { groupHandlers } from './groups.ts';
import { putLogEvents } from './put-events.ts';
import { filterLogEvents, getLogEvents } from './read-events.ts';
import type { LogsState } from './state.ts';
import { streamHandlers } from './streams.ts';

export interface LogsService extends AwsService {
  snapshot(): { readonly groups: readonly { readonly name: string; readonly streams: readonly string[] }[] };
}

/** CloudWatch Logs. Events are stored in memory and found at once; no subscription or metric filter reads them. */
export function createLogsService(context: ServiceContext): LogsService {
  const state: LogsState = { context, groups: new Map() };
  return {
    sdk: logs,
    client: logs.CloudWatchLogsClient,
    handlers: {
      ...announcing({ ...groupHandlers(state), ...streamHandlers(state) }, context),
      // Events configure nothing: no plane need look again.
      PutLogEvents: (input: logs.PutLogEventsCommandInput) => putLogEvents(state, input),
      GetLogEvents: (input: logs.GetLogEventsCommandInput) => getLogEvents(state, input),
      FilterLogEvents: (input: logs.FilterLogEventsCommandInput) => filterLogEvents(state, input),
    },
    enums: { orderBy: logs.OrderBy },
    invalidInputCodes: { missing: 'InvalidParameterException', constraint: 'InvalidParameterException' },
    snapshot: () => ({
      groups: [...state.groups.values()].map(({ name, streams }) => ({ name, streams: [...streams.keys()] })),
    }),
  };
}
