import { expect, test } from 'vitest';
import { zonesOf } from './zones.ts';

const hosted = [
  {
    id: 'Z1',
    name: 'shop.example.',
    nameServers: ['ns-1.awsdns-01.com', 'ns-2.awsdns-02.org'],
    records: [{ Name: 'shop.example.', Type: 'TXT' as const, TTL: 60, ResourceRecords: [{ Value: '"a"' }] }],
  },
];
const names = [
  { name: 'd1.cloudfront.net', addresses: ['127.20.1.1'], ttlSeconds: 60 },
  { name: 'd2.cloudfront.net', addresses: ['127.20.1.2'], ttlSeconds: 60 },
  { name: 'db.abc.us-east-1.rds.amazonaws.com', addresses: ['127.20.3.1'], ttlSeconds: 5 },
];
const zones = zonesOf(hosted, names, '127.20.0.53');
const recordOf = (name: string) =>
  zones.flatMap(({ recordSets }) => recordSets).find((record) => record.Name === `${name}.`);

test('names of one parent share a zone', () => {
  const cloudfront = zones.find(({ name }) => name === 'cloudfront.net.');
  expect(cloudfront?.recordSets.map(({ Name }) => Name)).toEqual([
    'd1.cloudfront.net.',
    'd2.cloudfront.net.',
  ]);
});

test('a database endpoint keeps its short TTL', () => {
  expect(recordOf('db.abc.us-east-1.rds.amazonaws.com')).toMatchObject({
    TTL: 5,
    ResourceRecords: [{ Value: '127.20.3.1' }],
  });
});

test('every name server of a hosted zone leads to our server', () => {
  for (const server of hosted[0]?.nameServers ?? [])
    expect(recordOf(server)?.ResourceRecords).toEqual([{ Value: '127.20.0.53' }]);
});
