import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { test as base, expect } from 'vitest';
import { startTestGateway } from '../test-gateway.ts';
import { parseFilterPattern } from './filter-pattern.ts';
import { createLogsService } from './logs.ts';

const logGroupName = '/hub/workload';
const test = base.extend<{ client: CloudWatchLogsClient }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  client: async ({}, use) => {
    await using gateway = await startTestGateway((context) => [createLogsService(context)]);
    const client = new CloudWatchLogsClient(gateway.clientOptions);
    await client.send(new CreateLogGroupCommand({ logGroupName }));
    for (const logStreamName of ['pod-a', 'pod-b']) {
      await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    }
    await use(client);
  },
});

const put = (logStreamName: string, from: number, ...messages: string[]) =>
  new PutLogEventsCommand({
    logGroupName,
    logStreamName,
    logEvents: messages.map((message, i) => ({ timestamp: from + i, message })),
  });

test('canaries are found over streams and pages, in order of time', async ({ client }) => {
  const now = Date.now();
  await client.send(put('pod-a', now, 'canary 1', 'noise', 'canary 3'));
  await client.send(put('pod-b', now + 1, 'canary 2', 'noise'));
  const find = async (input: Partial<FilterLogEventsCommandInput>) =>
    client.send(new FilterLogEventsCommand({ logGroupName, ...input }));
  const first = await find({ filterPattern: 'canary', limit: 2 });
  const second = await find({ filterPattern: 'canary', limit: 2, nextToken: first.nextToken });
  const events = [...(first.events ?? []), ...(second.events ?? [])];
  expect(events.map(({ message, logStreamName }) => [message, logStreamName])).toEqual([
    ['canary 1', 'pod-a'],
    ['canary 2', 'pod-b'],
    ['canary 3', 'pod-a'],
  ]);
  expect(second.nextToken).toBeUndefined();
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(3);
  expect((await find({ startTime: now + 2, endTime: now + 2 })).events).toHaveLength(2);
  expect((await find({ logStreamNamePrefix: 'pod-b' })).events).toHaveLength(2);
});

test('a stream is followed by its token, and an event that comes late is not missed', async ({ client }) => {
  const now = Date.now();
  const read = (nextToken?: string) =>
    client.send(
      new GetLogEventsCommand({
        logGroupName,
        logStreamName: 'pod-a',
        startFromHead: true,
        limit: 2,
        nextToken,
      }),
    );
  await client.send(put('pod-a', now, 'one', 'two', 'three'));
  const first = await read();
  const second = await read(first.nextForwardToken);
  const third = await read(second.nextForwardToken);
  expect([first, second, third].map(({ events = [] }) => events.map(({ message }) => message))).toEqual([
    ['one', 'two'],
    ['three'],
    [],
  ]);
  expect(third.nextForwardToken).toBe(second.nextForwardToken);
  await client.send(put('pod-a', now + 10, 'four'));
  expect((await read(third.nextForwardToken)).events).toMatchObject([{ message: 'four' }]);
  const latest = await client.send(
    new GetLogEventsCommand({ logGroupName, logStreamName: 'pod-a', limit: 1 }),
  );
  expect(latest.events).toMatchObject([{ message: 'four' }]);
});

test('events too old or too new are told, a batch out of order is refused', async ({ client }) => {
  const now = Date.now();
  const { rejectedLogEventsInfo } = await client.send(put('pod-a', now - 15 * 86_400_000, 'old'));
  expect(rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
  const future = await client.send(put('pod-a', now + 3 * 3_600_000, 'new'));
  expect(future.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 0 });
  const logEvents = [2, 1].map((offset) => ({ timestamp: now + offset, message: 'x' }));
  const mixed = new PutLogEventsCommand({ logGroupName, logStreamName: 'pod-a', logEvents });
  await expect(client.send(mixed)).rejects.toThrow('chronological order');
});

test('groups and streams are described with retention and times', async ({ client }) => {
  const now = Date.now();
  await client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }));
  const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/hub' }));
  expect(logGroups).toMatchObject([
    { retentionInDays: 30, arn: 'arn:aws:logs:us-east-1:111122223333:log-group:/hub/workload:*' },
  ]);
  await client.send(put('pod-b', now, 'x'));
  const { logStreams } = await client.send(
    new DescribeLogStreamsCommand({ logGroupName, orderBy: 'LastEventTime', descending: true }),
  );
  expect(logStreams).toMatchObject([
    { logStreamName: 'pod-b', lastEventTimestamp: now },
    { logStreamName: 'pod-a' },
  ]);
  const odd = new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 31 });
  await expect(client.send(odd)).rejects.toThrow("Value '31' at 'retentionInDays'");
  await expect(client.send(new CreateLogGroupCommand({ logGroupName }))).rejects.toBeInstanceOf(
    ResourceAlreadyExistsException,
  );
  const nowhere = new GetLogEventsCommand({ logGroupName, logStreamName: 'pod-c' });
  await expect(client.send(nowhere)).rejects.toBeInstanceOf(ResourceNotFoundException);
});

const line = JSON.stringify({ level: 'error', status: 502, http: { path: '/api/packages' }, done: true });

test.for([
  ['', 'anything', true],
  ['ERROR', 'an ERROR here', true],
  ['ERROR', 'an error here', false],
  ['ERROR timeout', 'ERROR: timeout', true],
  ['ERROR -timeout', 'ERROR: timeout', false],
  ['?ERROR ?WARN', 'WARN', true],
  ['?ERROR ?WARN', 'INFO', false],
  ['"run-1/seq:2"', 'at run-1/seq:2 now', true],
  ['%5\\d\\d%', 'status 502', true],
  ['{ $.level = "error" }', line, true],
  ['{ $.status >= 500 && $.http.path = "/api/*" }', line, true],
  ['{ $.status < 500 || $.done IS TRUE }', line, true],
  ['{ $.missing = 1 }', line, false],
  ['{ $.missing NOT EXISTS }', line, true],
  ['{ $.level = "error" }', 'not JSON', false],
] as const)('pattern %s on %s is %s', ([pattern, message, expected]) => {
  expect(parseFilterPattern(pattern)(message)).toBe(expected);
});

test.for(['[a, b]', 'a:b', '{ $.a = }', '{ $.a = 1 && $.b = 2 || $.c = 3 }', '%(%'])(
  'pattern %s is refused',
  (pattern) => {
    expect(() => parseFilterPattern(pattern)).toThrow('Invalid filter pattern');
  },
);
