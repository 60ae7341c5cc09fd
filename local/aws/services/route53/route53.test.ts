import type { ChangeAction, ChangeInfo, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { Route53 } from '@aws-sdk/client-route-53';
import { expect, test } from 'vitest';
import { awsCli, serve, until } from '../serve-in-test.ts';
import { createRoute53Service } from './route53.ts';

const apexAlias: ResourceRecordSet = {
  Name: 'artifacthub.example',
  Type: 'A',
  AliasTarget: {
    HostedZoneId: 'Z2FDTNDATAQYW2',
    DNSName: 'D111111abcdef8.cloudfront.net',
    EvaluateTargetHealth: false,
  },
};

async function openZone() {
  const served = await serve(createRoute53Service);
  const client = new Route53(served.clientConfig);
  const created = await client.createHostedZone({ Name: 'Artifacthub.example', CallerReference: 'one' });
  const zoneId = created.HostedZone?.Id ?? '';
  const change = (...changes: [ChangeAction, ResourceRecordSet][]) =>
    client.changeResourceRecordSets({
      HostedZoneId: zoneId,
      ChangeBatch: { Changes: changes.map(([Action, record]) => ({ Action, ResourceRecordSet: record })) },
    });
  return { ...served, client, created, zoneId, change, [Symbol.asyncDispose]: served[Symbol.asyncDispose] };
}

test('a zone has four name servers, an NS and an SOA record, and is served once its change is INSYNC', async () => {
  await using zone = await openZone();
  expect(zone.created.DelegationSet?.NameServers).toHaveLength(4);
  expect(zone.created.ChangeInfo?.Status).toBe('PENDING');
  expect(zone.service.snapshot().zones).toEqual([]);
  const changeId = zone.created.ChangeInfo?.Id;
  await until(
    zone.clock,
    () => zone.client.getChange({ Id: changeId }),
    (c) => c.ChangeInfo?.Status === 'INSYNC',
  );
  expect(zone.service.snapshot().zones[0]?.records.map(({ Type }) => Type)).toEqual(['NS', 'SOA']);
  expect(zone.changes.count).toBe(1);
});

test('an alias shows canonically, first among the types of its name, and in the snapshot when it has propagated', async () => {
  await using zone = await openZone();
  await zone.change(['CREATE', apexAlias], ['CREATE', plain('*.artifacthub.example', 'TXT', '"x"')]);
  const { ResourceRecordSets: listed = [] } = await zone.client.listResourceRecordSets({
    HostedZoneId: zone.zoneId,
  });
  expect(listed.map(({ Name, Type }) => `${Name} ${Type}`)).toEqual([
    'artifacthub.example. A',
    'artifacthub.example. NS',
    'artifacthub.example. SOA',
    '\\052.artifacthub.example. TXT',
  ]);
  expect(listed[0]?.AliasTarget?.DNSName).toBe('d111111abcdef8.cloudfront.net.');
  await until(
    zone.clock,
    () => zone.service.snapshot().zones[0],
    (served) => served?.records.length === 4,
  );
});

test('a record is replaced, then deleted with the values it has; each change is served when INSYNC', async () => {
  await using zone = await openZone();
  const record = (value: string) => plain('api.artifacthub.example', 'A', value);
  const inSync = async ({ ChangeInfo }: { ChangeInfo?: ChangeInfo | undefined }) => {
    expect(ChangeInfo?.Status).toBe('PENDING');
    await until(
      zone.clock,
      () => zone.client.getChange({ Id: ChangeInfo?.Id }),
      (change) => change.ChangeInfo?.Status === 'INSYNC',
    );
  };
  const served = () =>
    zone.service
      .snapshot()
      .zones[0]?.records.filter(({ Type }) => Type === 'A')
      .flatMap(({ ResourceRecords = [] }) => ResourceRecords.map(({ Value }) => Value));
  await inSync(await zone.change(['UPSERT', record('192.0.2.1')]));
  await inSync(await zone.change(['UPSERT', record('192.0.2.2')]));
  expect(served()).toEqual(['192.0.2.2']);
  await expect(zone.change(['DELETE', record('192.0.2.1')])).rejects.toMatchObject({
    name: 'InvalidChangeBatch',
  });
  const deletion = await zone.change(['DELETE', record('192.0.2.2')]);
  expect(served()).toEqual(['192.0.2.2']);
  await inSync(deletion);
  expect(served()).toEqual([]);
});

test('a batch is all or nothing, and tells every problem', async () => {
  await using zone = await openZone();
  const failed = await zone
    .change(
      ['CREATE', plain('ok.artifacthub.example', 'A', '192.0.2.1')],
      ['CREATE', plain('other.example', 'A', '192.0.2.1')],
      ['CREATE', plain('artifacthub.example', 'CNAME', 'a.b')],
      ['DELETE', plain('none.artifacthub.example', 'A', '192.0.2.1')],
      [
        'CREATE',
        { ...apexAlias, AliasTarget: { ...apexAlias.AliasTarget, EvaluateTargetHealth: true } as never },
      ],
    )
    .catch((error: Error) => error);
  expect(failed).toMatchObject({ name: 'InvalidChangeBatch', messages: expect.any(Array) });
  expect((failed as Error).message).toContain(
    'RRSet with DNS name other.example. is not permitted in zone artifacthub.example.',
  );
  expect((failed as Error).message).toContain(
    "[name='none.artifacthub.example.', type='A'] but it was not found",
  );
  const { ResourceRecordSets } = await zone.client.listResourceRecordSets({ HostedZoneId: zone.zoneId });
  expect(ResourceRecordSets).toHaveLength(2);
});

test('records are listed a page at a time', async () => {
  await using zone = await openZone();
  await zone.change(
    ...['a', 'b', 'c'].map((name): [ChangeAction, ResourceRecordSet] => [
      'UPSERT',
      plain(`${name}.artifacthub.example`, 'A', '192.0.2.1'),
    ]),
  );
  const first = await zone.client.listResourceRecordSets({ HostedZoneId: zone.zoneId, MaxItems: 3 });
  expect(first).toMatchObject({
    IsTruncated: true,
    NextRecordName: 'b.artifacthub.example.',
    NextRecordType: 'A',
  });
  const second = await zone.client.listResourceRecordSets({
    HostedZoneId: zone.zoneId,
    StartRecordName: first.NextRecordName,
    StartRecordType: first.NextRecordType,
  });
  expect(second.ResourceRecordSets?.map(({ Name }) => Name)).toEqual([
    'b.artifacthub.example.',
    'c.artifacthub.example.',
  ]);
});

test('the AWS CLI lists zones, refuses to delete one that is not empty, and tags it', async () => {
  await using zone = await openZone();
  await zone.change(['CREATE', apexAlias]);
  const aws = awsCli(zone.gateway);
  expect(((await aws('route53', 'list-hosted-zones')) as { HostedZones: [] }).HostedZones).toHaveLength(1);
  await expect(aws('route53', 'delete-hosted-zone', '--id', zone.zoneId)).rejects.toThrow(
    'HostedZoneNotEmpty',
  );
  const ResourceId = zone.zoneId.replace('/hostedzone/', '');
  await zone.client.changeTagsForResource({
    ResourceType: 'hostedzone',
    ResourceId,
    AddTags: [{ Key: 'a', Value: 'b' }],
  });
  const tags = await zone.client.listTagsForResource({ ResourceType: 'hostedzone', ResourceId });
  expect(tags.ResourceTagSet?.Tags).toEqual([{ Key: 'a', Value: 'b' }]);
});

test('a health check has its defaults, is made once a reference, changes by its version, and is named by records', async () => {
  await using zone = await openZone();
  const { client } = zone;
  const asked = {
    CallerReference: 'one',
    HealthCheckConfig: { Type: 'HTTPS' as const, FullyQualifiedDomainName: 'artifacthub.example' },
  };
  const { HealthCheck: made } = await client.createHealthCheck(asked);
  expect(made).toMatchObject({
    HealthCheckVersion: 1,
    HealthCheckConfig: {
      Port: 443,
      RequestInterval: 30,
      FailureThreshold: 3,
      EnableSNI: true,
      Disabled: false,
    },
  });
  expect((await client.createHealthCheck(asked)).HealthCheck).toEqual(made);
  const other = { ...asked, HealthCheckConfig: { ...asked.HealthCheckConfig, Port: 8443 } };
  await expect(client.createHealthCheck(other)).rejects.toThrow(/already been created/);
  const named = { ...plain('www.artifacthub.example', 'A', '127.0.0.1'), SetIdentifier: 'main', Weight: 1 };
  await zone.change(['CREATE', { ...named, HealthCheckId: made?.Id }]);
  await expect(zone.change(['UPSERT', { ...named, HealthCheckId: 'none' }])).rejects.toThrow(
    /No health check exists/,
  );
  const change = { HealthCheckId: made?.Id, FailureThreshold: 1 };
  await expect(client.updateHealthCheck({ ...change, HealthCheckVersion: 2 })).rejects.toMatchObject({
    name: 'HealthCheckVersionMismatch',
  });
  const { HealthCheck: changed } = await client.updateHealthCheck({ ...change, HealthCheckVersion: 1 });
  expect(changed).toMatchObject({
    HealthCheckVersion: 2,
    HealthCheckConfig: { FailureThreshold: 1, Port: 443 },
  });
  expect((await client.listHealthChecks({})).HealthChecks).toEqual([changed]);
  expect(zone.service.snapshot().healthChecks).toEqual([changed]);
  await client.deleteHealthCheck({ HealthCheckId: made?.Id });
  await expect(client.getHealthCheckStatus({ HealthCheckId: made?.Id })).rejects.toMatchObject({
    name: 'NoSuchHealthCheck',
  });
  await expect(client.createHealthCheck(asked)).rejects.toMatchObject({ name: 'HealthCheckAlreadyExists' });
});

test('a health check that asks for what Route 53 refuses is InvalidInput', async () => {
  await using zone = await openZone();
  const name = { FullyQualifiedDomainName: 'artifacthub.example' };
  for (const config of [
    { Type: 'HTTP' as const },
    { Type: 'HTTP' as const, ...name, RequestInterval: 20 },
    { Type: 'HTTP' as const, ...name, SearchString: 'well' },
    { Type: 'HTTP_STR_MATCH' as const, ...name },
    { Type: 'TCP' as const, ...name },
    { Type: 'TCP' as const, ...name, Port: 80, ResourcePath: '/' },
    { Type: 'CALCULATED' as const, ChildHealthChecks: ['a'] },
  ]) {
    const made = zone.client.createHealthCheck({
      CallerReference: JSON.stringify(config).slice(0, 64),
      HealthCheckConfig: config,
    });
    await expect(made, JSON.stringify(config)).rejects.toMatchObject({ name: 'InvalidInput' });
  }
});

function plain(Name: string, Type: ResourceRecordSet['Type'], Value: string): ResourceRecordSet {
  return { Name, Type, TTL: 60, ResourceRecords: [{ Value }] };
}
