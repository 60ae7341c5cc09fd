import {
  CloudWatch,
  InvalidFormatFault,
  type PutMetricAlarmInput,
  ResourceNotFound,
} from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { awsCli, serve } from '../serve-in-test.ts';
import { createCloudWatchService } from './cloudwatch.ts';

const alarm = (AlarmName: string, more: Partial<PutMetricAlarmInput> = {}): PutMetricAlarmInput => ({
  AlarmName,
  Namespace: 'AWS/ApplicationELB',
  MetricName: 'HTTPCode_ELB_5XX_Count',
  Dimensions: [{ Name: 'LoadBalancer', Value: 'app/hub/0123456789abcdef' }],
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold',
  AlarmActions: ['arn:aws:sns:us-east-1:111122223333:pager'],
  ...more,
});

async function openCloudWatch() {
  const served = await serve(createCloudWatchService);
  const client = new CloudWatch(served.clientConfig);
  const states = async (input: Parameters<typeof client.describeAlarms>[0] = {}) =>
    (await client.describeAlarms(input)).MetricAlarms?.map(
      ({ AlarmName, StateValue }) => `${AlarmName} ${StateValue}`,
    );
  return { ...served, client, states, [Symbol.asyncDispose]: served[Symbol.asyncDispose] };
}

test('an alarm begins without data, moves when it is told to, and keeps its state through an update', async () => {
  await using it = await openCloudWatch();
  await it.client.putMetricAlarm(alarm('errors', { Tags: [{ Key: 'run', Value: '1' }] }));
  const describe = async () => (await it.client.describeAlarms({ AlarmNames: ['errors'] })).MetricAlarms?.[0];
  const created = await describe();
  expect(created).toMatchObject({
    ...alarm('errors'),
    AlarmArn: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors',
    StateValue: 'INSUFFICIENT_DATA',
    StateReason: 'Unchecked: Initial alarm creation',
    ActionsEnabled: true,
  });
  const set = (StateValue: 'ALARM' | 'OK', StateReasonData?: string) =>
    it.client.setAlarmState({ AlarmName: 'errors', StateValue, StateReason: 'told so', StateReasonData });
  await set('ALARM', '{"by":"test"}');
  const raised = await describe();
  expect(raised).toMatchObject({
    StateValue: 'ALARM',
    StateReason: 'told so',
    StateReasonData: '{"by":"test"}',
  });
  await it.client.putMetricAlarm(alarm('errors', { Threshold: 9, AlarmActions: [] }));
  const updated = await describe();
  expect(updated).toMatchObject({ StateValue: 'ALARM', Threshold: 9, AlarmActions: [] });
  await set('ALARM');
  expect((await describe())?.StateTransitionedTimestamp).toEqual(raised?.StateTransitionedTimestamp);
  const ResourceARN = created?.AlarmArn;
  expect((await it.client.listTagsForResource({ ResourceARN })).Tags).toEqual([{ Key: 'run', Value: '1' }]);
});

test('alarms are found by name, prefix, state and action, a page at a time', async () => {
  await using it = await openCloudWatch();
  for (const name of ['hub-errors', 'hub-latency', 'other']) await it.client.putMetricAlarm(alarm(name));
  await it.client.setAlarmState({ AlarmName: 'hub-errors', StateValue: 'ALARM', StateReason: 'x' });
  expect(await it.states()).toEqual([
    'hub-errors ALARM',
    'hub-latency INSUFFICIENT_DATA',
    'other INSUFFICIENT_DATA',
  ]);
  expect(await it.states({ StateValue: 'ALARM' })).toEqual(['hub-errors ALARM']);
  expect(await it.states({ AlarmNames: ['other', 'absent'] })).toEqual(['other INSUFFICIENT_DATA']);
  expect(await it.states({ AlarmNamePrefix: 'hub-', StateValue: 'OK' })).toEqual([]);
  expect((await it.states({ ActionPrefix: 'arn:aws:sns' }))?.length).toBe(3);
  expect(await it.states({ AlarmTypes: ['CompositeAlarm'] })).toEqual([]);
  const first = await it.client.describeAlarms({ MaxRecords: 2 });
  const second = await it.client.describeAlarms({ MaxRecords: 2, NextToken: first.NextToken });
  expect([first.MetricAlarms?.length, second.MetricAlarms?.length, second.NextToken]).toEqual([
    2,
    1,
    undefined,
  ]);
});

test('alarms are deleted, those that are there also beside one that is not', async () => {
  await using it = await openCloudWatch();
  for (const name of ['a', 'b', 'c']) await it.client.putMetricAlarm(alarm(name));
  await it.client.deleteAlarms({ AlarmNames: ['a'] });
  await expect(it.client.deleteAlarms({ AlarmNames: ['b', 'absent'] })).rejects.toBeInstanceOf(
    ResourceNotFound,
  );
  expect(await it.states()).toEqual(['c INSUFFICIENT_DATA']);
});

test('what CloudWatch refuses, it refuses with its own errors', async () => {
  await using it = await openCloudWatch();
  await it.client.putMetricAlarm(alarm('errors'));
  const set = (more: object) =>
    it.client.setAlarmState({ AlarmName: 'errors', StateValue: 'OK', StateReason: 'x', ...more });
  const absent = await set({ AlarmName: 'absent' }).catch((error: unknown) => error);
  expect(absent).toBeInstanceOf(ResourceNotFound);
  expect(absent).toMatchObject({ Code: 'ResourceNotFound', $metadata: { httpStatusCode: 404 } });
  const unreadable = await set({ StateReasonData: '{' }).catch((error: unknown) => error);
  expect(unreadable).toBeInstanceOf(InvalidFormatFault);
  // The code of the query protocol that the service spoke before.
  expect(unreadable).toMatchObject({ Code: 'InvalidFormat' });
  const refused = { name: 'ValidationException', Code: 'ValidationError' };
  await expect(set({ StateValue: 'FINE' })).rejects.toMatchObject(refused);
  for (const wrong of [
    { MetricName: undefined },
    { Period: 45 },
    { Statistic: undefined },
    { ComparisonOperator: undefined },
    { EvaluationPeriods: 0 },
    { DatapointsToAlarm: 2 },
    { TreatMissingData: 'never' },
  ])
    await expect(it.client.putMetricAlarm(alarm('wrong', wrong))).rejects.toMatchObject(refused);
  await expect(it.client.describeAlarms({ AlarmNames: ['a'], AlarmNamePrefix: 'a' })).rejects.toMatchObject({
    name: 'InvalidParameterCombinationException',
  });
  await expect(it.client.listMetrics({})).rejects.toMatchObject({ name: 'UnknownOperationException' });
  expect(await it.states()).toEqual(['errors INSUFFICIENT_DATA']);
});

test('the AWS CLI reads an alarm', async () => {
  await using it = await openCloudWatch();
  await it.client.putMetricAlarm(alarm('errors'));
  const aws = awsCli(it.gateway);
  expect(await aws('cloudwatch', 'describe-alarms', '--state-value', 'INSUFFICIENT_DATA')).toMatchObject({
    MetricAlarms: [{ AlarmName: 'errors' }],
  });
});
