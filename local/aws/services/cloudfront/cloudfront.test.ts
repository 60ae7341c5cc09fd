import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { CloudFront } from '@aws-sdk/client-cloudfront';
import { expect, test } from 'vitest';
import { awsCli, serve, until } from '../serve-in-test.ts';
import { createCloudFrontService } from './cloudfront.ts';

const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/one';
const webAclArn = 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/1';
const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';

function hubConfig(change: Partial<DistributionConfig> = {}): DistributionConfig {
  return {
    CallerReference: 'hub',
    Comment: 'hub',
    Enabled: true,
    Aliases: { Quantity: 1, Items: ['artifacthub.example'] },
    WebACLId: webAclArn,
    ViewerCertificate: {
      ACMCertificateArn: certificateArn,
      SSLSupportMethod: 'sni-only',
      MinimumProtocolVersion: 'TLSv1.2_2021',
    },
    Origins: {
      Quantity: 1,
      Items: [
        {
          Id: 'main',
          DomainName: 'hub-1.us-east-1.elb.amazonaws.com',
          CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'https-only' },
        },
      ],
    },
    DefaultCacheBehavior: {
      TargetOriginId: 'main',
      ViewerProtocolPolicy: 'redirect-to-https',
      CachePolicyId: cachingDisabled,
      OriginRequestPolicyId: '216adef6-5c7f-47e4-b989-5492eafa07d3',
    },
    ...change,
  };
}

async function openCloudFront() {
  const invalidated: unknown[] = [];
  const served = await serve((context) =>
    createCloudFrontService(context, {
      certificate: (arn) =>
        arn === certificateArn ? { names: ['*.example', 'artifacthub.example'] } : undefined,
      webAclExists: (arn) => arn === webAclArn,
      invalidate: (id, paths) => void invalidated.push([id, paths]),
    }),
  );
  const client = new CloudFront(served.clientConfig);
  return { ...served, client, invalidated, [Symbol.asyncDispose]: served[Symbol.asyncDispose] };
}

type Opened = Awaited<ReturnType<typeof openCloudFront>>;

async function deployed({ client, clock }: Opened, Id: string | undefined) {
  const read = async () => client.getDistribution({ Id });
  return until(clock, read, ({ Distribution }) => Distribution?.Status === 'Deployed');
}

test('a change is in progress while viewers still meet what was deployed before', async () => {
  await using cf = await openCloudFront();
  const created = await cf.client.createDistribution({ DistributionConfig: hubConfig() });
  const Id = created.Distribution?.Id;
  expect(created.Distribution).toMatchObject({
    Status: 'InProgress',
    DomainName: expect.stringMatching(/^d\w{13}\.cloudfront\.net$/),
  });
  expect(cf.service.snapshot().distributions[0]?.deployedConfig).toBeUndefined();
  await deployed(cf, Id);
  const { DistributionConfig: current, ETag } = await cf.client.getDistributionConfig({ Id });
  expect(current).toMatchObject({
    PriceClass: 'PriceClass_All',
    HttpVersion: 'http2',
    CacheBehaviors: { Quantity: 0 },
  });
  const changed = { ...hubConfig(), ...current, Comment: 'changed' };
  await cf.client.updateDistribution({ Id, IfMatch: ETag, DistributionConfig: changed });
  expect(cf.service.snapshot().distributions[0]).toMatchObject({
    status: 'InProgress',
    config: { Comment: 'changed' },
    deployedConfig: { Comment: 'hub' },
  });
  await deployed(cf, Id);
  expect(cf.service.snapshot().distributions[0]?.deployedConfig?.Comment).toBe('changed');
});

test('an empty web ACL in an update takes the web ACL off', async () => {
  await using cf = await openCloudFront();
  const { Distribution, ETag } = await cf.client.createDistribution({ DistributionConfig: hubConfig() });
  const Id = Distribution?.Id;
  await deployed(cf, Id);
  const without = hubConfig({ WebACLId: '' });
  const updated = await cf.client.updateDistribution({ Id, IfMatch: ETag, DistributionConfig: without });
  expect(updated.Distribution?.DistributionConfig?.WebACLId).toBe('');
  await deployed(cf, Id);
  expect(cf.service.snapshot().distributions[0]?.deployedConfig?.WebACLId).toBe('');
});

test('an update needs the current version and the same caller reference; deletion needs a disabled, deployed one', async () => {
  await using cf = await openCloudFront();
  const { Distribution, ETag } = await cf.client.createDistribution({ DistributionConfig: hubConfig() });
  const Id = Distribution?.Id;
  const update = (IfMatch: string | undefined, config: DistributionConfig) =>
    cf.client.updateDistribution({ Id, IfMatch, DistributionConfig: config });
  await expect(update(undefined, hubConfig())).rejects.toMatchObject({ name: 'InvalidIfMatchVersion' });
  await expect(update('ESTALE', hubConfig())).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await expect(update(ETag, hubConfig({ CallerReference: 'x' }))).rejects.toMatchObject({
    name: 'IllegalUpdate',
  });
  await expect(cf.client.deleteDistribution({ Id, IfMatch: ETag })).rejects.toMatchObject({
    name: 'DistributionNotDisabled',
  });
  await update(ETag, hubConfig({ Enabled: false }));
  const disabled = await deployed(cf, Id);
  await cf.client.deleteDistribution({ Id, IfMatch: disabled.ETag });
  await expect(cf.client.getDistribution({ Id })).rejects.toMatchObject({ name: 'NoSuchDistribution' });
});

const behavior = hubConfig().DefaultCacheBehavior as NonNullable<DistributionConfig['DefaultCacheBehavior']>;
const main = hubConfig().Origins?.Items?.[0];

test.for<[string, Partial<DistributionConfig>]>([
  ['NoSuchOrigin', { DefaultCacheBehavior: { ...behavior, TargetOriginId: 'other' } }],
  ['NoSuchCachePolicy', { DefaultCacheBehavior: { ...behavior, CachePolicyId: 'none' } }],
  ['InvalidViewerCertificate', { ViewerCertificate: undefined }],
  ['InvalidViewerCertificate', { Aliases: { Quantity: 1, Items: ['a.b.example'] } }],
  [
    'InvalidMinimumProtocolVersion',
    { ViewerCertificate: { ...hubConfig().ViewerCertificate, MinimumProtocolVersion: 'SSLv3' } },
  ],
  ['InconsistentQuantities', { Aliases: { Quantity: 2, Items: ['artifacthub.example'] } }],
  ['InvalidWebACLId', { WebACLId: 'none' }],
  ['InvalidErrorCode', { CustomErrorResponses: { Quantity: 1, Items: [{ ErrorCode: 418 }] } }],
  [
    'InvalidArgument',
    { CustomErrorResponses: { Quantity: 1, Items: [{ ErrorCode: 502, ResponseCode: '503' }] } },
  ],
  ['InvalidOrigin', { Origins: { Quantity: 1, Items: [{ ...main, Id: 'main', DomainName: '192.0.2.1' }] } }],
  ['InvalidDefaultRootObject', { DefaultRootObject: '/index.html' }],
])('a wrong configuration is refused with %s', async ([code, change]) => {
  await using cf = await openCloudFront();
  await expect(cf.client.createDistribution({ DistributionConfig: hubConfig(change) })).rejects.toMatchObject(
    { name: code },
  );
});

test('two distributions cannot have the same alias, and one caller reference makes one distribution', async () => {
  await using cf = await openCloudFront();
  const first = await cf.client.createDistribution({ DistributionConfig: hubConfig() });
  const again = await cf.client.createDistribution({ DistributionConfig: hubConfig() });
  expect(again.Distribution?.Id).toBe(first.Distribution?.Id);
  const create = (change: Partial<DistributionConfig>) =>
    cf.client.createDistribution({ DistributionConfig: hubConfig(change) });
  await expect(create({ Comment: 'other' })).rejects.toMatchObject({ name: 'DistributionAlreadyExists' });
  await expect(create({ CallerReference: 'two' })).rejects.toMatchObject({ name: 'CNAMEAlreadyExists' });
});

test('policies: managed ones are fixed, custom ones are created, listed and kept while in use', async () => {
  await using cf = await openCloudFront();
  const created = await cf.client.createCachePolicy({
    CachePolicyConfig: {
      Name: 'origin-headers',
      MinTTL: 0,
      DefaultTTL: 0,
      ParametersInCacheKeyAndForwardedToOrigin: {
        EnableAcceptEncodingGzip: true,
        HeadersConfig: { HeaderBehavior: 'none' },
        CookiesConfig: { CookieBehavior: 'none' },
        QueryStringsConfig: { QueryStringBehavior: 'all' },
      },
    },
  });
  const id = created.CachePolicy?.Id ?? '';
  expect(cf.service.snapshot().cachePolicies[id]).toMatchObject({
    MinTTL: 0,
    DefaultTTL: 0,
    MaxTTL: 31_536_000,
  });
  const { CachePolicyList } = await cf.client.listCachePolicies({ Type: 'custom' });
  expect(CachePolicyList?.Items?.map((item) => item.CachePolicy?.Id)).toEqual([id]);
  await cf.client.createDistribution({
    DistributionConfig: hubConfig({ DefaultCacheBehavior: { ...behavior, CachePolicyId: id } }),
  });
  await expect(cf.client.deleteCachePolicy({ Id: id, IfMatch: created.ETag })).rejects.toMatchObject({
    name: 'CachePolicyInUse',
  });
  const managed = await cf.client.getCachePolicy({ Id: cachingDisabled });
  expect(managed.CachePolicy?.CachePolicyConfig).toMatchObject({
    Name: 'Managed-CachingDisabled',
    MaxTTL: 0,
  });
  await expect(
    cf.client.deleteCachePolicy({ Id: cachingDisabled, IfMatch: managed.ETag }),
  ).rejects.toMatchObject({ name: 'IllegalDelete' });
  const control = await cf.client.createOriginAccessControl({
    OriginAccessControlConfig: {
      Name: 's3',
      SigningProtocol: 'sigv4',
      SigningBehavior: 'always',
      OriginAccessControlOriginType: 's3',
    },
  });
  const listed = await cf.client.listOriginAccessControls({});
  expect(listed.OriginAccessControlList?.Items?.[0]).toMatchObject({
    Id: control.OriginAccessControl?.Id,
    Name: 's3',
  });
});

test('an invalidation completes once the edge has dropped the paths; the CLI waits for it', async () => {
  await using cf = await openCloudFront();
  const { Distribution } = await cf.client.createDistribution({ DistributionConfig: hubConfig() });
  const DistributionId = Distribution?.Id ?? '';
  const wrong = cf.client.createInvalidation({
    DistributionId,
    InvalidationBatch: { CallerReference: 'x', Paths: { Quantity: 1, Items: ['/a*b'] } },
  });
  await expect(wrong).rejects.toMatchObject({ name: 'InvalidArgument' });
  const aws = awsCli(cf.gateway);
  const made = await aws(
    'cloudfront',
    'create-invalidation',
    '--distribution-id',
    DistributionId,
    '--paths',
    '/static/*',
  );
  const { Id } = (made as { Invalidation: { Id: string } }).Invalidation;
  await until(
    cf.clock,
    () => cf.client.getInvalidation({ DistributionId, Id }),
    (got) => got.Invalidation?.Status === 'Completed',
  );
  expect(cf.invalidated).toEqual([[DistributionId, ['/static/*']]]);
});
