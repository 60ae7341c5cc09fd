import type {
  DeleteAlarmsInput,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  MetricAlarm,
  SetAlarmStateInput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError, type Handler } from '../../service.ts';
import { pageOf } from '../page.ts';
import { putMetricAlarm } from './put-metric-alarm.ts';
import { type CloudWatchState, findAlarm, invalid } from './state.ts';

export function alarmHandlers(state: CloudWatchState): Record<string, Handler> {
  return {
    PutMetricAlarm: (input: Parameters<typeof putMetricAlarm>[1]) => putMetricAlarm(state, input),
    DescribeAlarms: (input: DescribeAlarmsInput) => describeAlarms(state, input),
    SetAlarmState: (input: SetAlarmStateInput) => setAlarmState(state, input),
    DeleteAlarms: (input: DeleteAlarmsInput) => deleteAlarms(state, input),
  };
}

function describeAlarms({ alarms }: CloudWatchState, input: DescribeAlarmsInput): DescribeAlarmsOutput {
  const { AlarmNames, AlarmNamePrefix, MaxRecords = 50, NextToken } = input;
  if (AlarmNames?.length && AlarmNamePrefix !== undefined)
    throw new AwsError(
      'InvalidParameterCombination',
      'AlarmNames and AlarmNamePrefix cannot be specified together',
    );
  if (MaxRecords < 1 || MaxRecords > 100)
    throw invalid(`Value ${MaxRecords} at 'maxRecords' must be between 1 and 100`);
  const page = pageOf(
    [...alarms.values()].filter((alarm) => isAskedFor(alarm, input)),
    { from: NextToken, limit: MaxRecords, keyOf: ({ AlarmName = '' }) => AlarmName },
  );
  return { MetricAlarms: page.items, CompositeAlarms: [], NextToken: page.next };
}

/** Without a type only metric alarms are asked for. None is the parent or the child of another: that is for composite ones. */
function isAskedFor(alarm: MetricAlarm, input: DescribeAlarmsInput): boolean {
  const { AlarmNames, AlarmNamePrefix = '', AlarmTypes, StateValue, ActionPrefix } = input;
  const { AlarmName = '' } = alarm;
  const actions = [alarm.OKActions, alarm.AlarmActions, alarm.InsufficientDataActions].flatMap(
    (some) => some ?? [],
  );
  return (
    (!AlarmNames?.length || AlarmNames.includes(AlarmName)) &&
    AlarmName.startsWith(AlarmNamePrefix) &&
    (!AlarmTypes?.length || AlarmTypes.includes('MetricAlarm')) &&
    (StateValue === undefined || alarm.StateValue === StateValue) &&
    (ActionPrefix === undefined || actions.some((action) => action.startsWith(ActionPrefix))) &&
    input.ChildrenOfAlarmName === undefined &&
    input.ParentsOfAlarmName === undefined
  );
}

function setAlarmState(state: CloudWatchState, input: SetAlarmStateInput): object {
  const { AlarmName, StateValue, StateReason = '', StateReasonData } = input;
  const alarm = findAlarm(state, AlarmName);
  if (StateReason.length > 1023) throw invalid("'stateReason' must have length less than or equal to 1023");
  if (StateReasonData !== undefined && !isJson(StateReasonData))
    throw new AwsError('InvalidFormat', 'StateReasonData is not valid JSON');
  const now = state.context.clock.now();
  state.alarms.set(alarm.AlarmName ?? '', {
    ...alarm,
    StateValue,
    StateReason,
    StateReasonData,
    StateUpdatedTimestamp: now,
    StateTransitionedTimestamp: StateValue === alarm.StateValue ? alarm.StateTransitionedTimestamp : now,
  });
  return {};
}

/** CloudWatch API reference, DeleteAlarms: names that are wrong do not keep those that are right from being deleted. */
function deleteAlarms(state: CloudWatchState, { AlarmNames = [] }: DeleteAlarmsInput): object {
  if (AlarmNames.length > 100) throw invalid("'alarmNames' must have at most 100 members");
  const known = AlarmNames.flatMap((name) => state.alarms.get(name) ?? []);
  for (const { AlarmName = '', AlarmArn = '' } of known) {
    state.alarms.delete(AlarmName);
    state.tags.drop(AlarmArn);
  }
  const missing = AlarmNames.find((name) => !known.some(({ AlarmName }) => AlarmName === name));
  if (missing !== undefined) findAlarm(state, missing);
  return {};
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
