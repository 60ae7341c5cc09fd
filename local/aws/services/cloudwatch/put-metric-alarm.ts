import type { MetricAlarm, PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch';
import { type CloudWatchState, invalid } from './state.ts';

/** An alarm that is there keeps its state, and has all else replaced; its tags too stay as they are. */
export function putMetricAlarm(state: CloudWatchState, input: PutMetricAlarmInput): object {
  const { alarms, tags, context } = state;
  checkAlarm(input);
  const { Tags, ...settings } = input;
  const { AlarmName = '' } = input;
  const known = alarms.get(AlarmName);
  const AlarmArn = `arn:aws:cloudwatch:${context.region}:${context.accountId}:alarm:${AlarmName}`;
  alarms.set(AlarmName, {
    ActionsEnabled: true,
    OKActions: [],
    AlarmActions: [],
    InsufficientDataActions: [],
    ...settings,
    Dimensions: settings.MetricName === undefined ? undefined : (settings.Dimensions ?? []),
    AlarmArn,
    AlarmConfigurationUpdatedTimestamp: context.clock.now(),
    ...(known ? stateOf(known) : initialState(context.clock.now())),
  });
  if (!known) tags.add(AlarmArn, Tags ?? []);
  return {};
}

type AlarmState = Pick<
  MetricAlarm,
  'StateValue' | 'StateReason' | 'StateReasonData' | 'StateUpdatedTimestamp' | 'StateTransitionedTimestamp'
>;

function initialState(now: Date): AlarmState {
  return {
    StateValue: 'INSUFFICIENT_DATA',
    StateReason: 'Unchecked: Initial alarm creation',
    StateUpdatedTimestamp: now,
    StateTransitionedTimestamp: now,
  };
}

function stateOf(alarm: MetricAlarm): AlarmState {
  const { StateValue, StateReason, StateReasonData, StateUpdatedTimestamp, StateTransitionedTimestamp } =
    alarm;
  return { StateValue, StateReason, StateReasonData, StateUpdatedTimestamp, StateTransitionedTimestamp };
}

/** CloudWatch API reference, PutMetricAlarm. */
function checkAlarm(input: PutMetricAlarmInput): void {
  const { AlarmName = '', MetricName, Metrics, Period, EvaluationPeriods, DatapointsToAlarm } = input;
  if (AlarmName.length < 1 || AlarmName.length > 255)
    throw invalid("Value at 'alarmName' must have length between 1 and 255");
  if ((MetricName === undefined) === !Metrics?.length)
    throw invalid('Exactly one of MetricName and Metrics must be specified');
  if (MetricName !== undefined) checkMetric(input);
  if (EvaluationPeriods === undefined || EvaluationPeriods < 1)
    throw invalid('EvaluationPeriods must be specified and be at least 1');
  if (DatapointsToAlarm !== undefined && (DatapointsToAlarm < 1 || DatapointsToAlarm > EvaluationPeriods))
    throw invalid('DatapointsToAlarm must be between 1 and EvaluationPeriods');
  if (Period !== undefined && ![10, 20, 30].includes(Period) && (Period < 60 || Period % 60 > 0))
    throw invalid('Period must be 10, 20, 30 or a multiple of 60');
  if (input.ComparisonOperator === undefined) throw invalid('ComparisonOperator must be specified');
  if ((input.Threshold === undefined) === (input.ThresholdMetricId === undefined))
    throw invalid('Exactly one of Threshold and ThresholdMetricId must be specified');
  const missing = input.TreatMissingData;
  if (missing !== undefined && !['breaching', 'notBreaching', 'ignore', 'missing'].includes(missing))
    throw invalid(`TreatMissingData cannot be "${missing}"`);
}

function checkMetric({ Namespace, Period, Statistic, ExtendedStatistic }: PutMetricAlarmInput): void {
  if (Namespace === undefined || Period === undefined)
    throw invalid('Namespace and Period must be specified with MetricName');
  if ((Statistic === undefined) === (ExtendedStatistic === undefined))
    throw invalid('Exactly one of Statistic and ExtendedStatistic must be specified');
}
