import { readFile } from 'node:fs/promises';
import {
  CloudFormation,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import type { CreateWebACLRequest, Rule, Scope, Statement, WebACL } from '@aws-sdk/client-wafv2';
import { WAFV2 } from '@aws-sdk/client-wafv2';
import { expect, test } from 'vitest';
import { createCloudFormationService } from '../../cloudformation/service.ts';
import { awsCli, serve } from '../serve-in-test.ts';
import { startTestGateway } from '../test-gateway.ts';
import { createWafv2Service } from './wafv2.ts';

const balancer = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/hub/0123456789abcdef';
const distribution = 'arn:aws:cloudfront::111122223333:distribution/E1';
const absent = '00000000-0000-4000-8000-000000000000';

async function openWaf() {
  const balancers = new Set([balancer]);
  const distributions: string[] = [];
  const limited = ['192.0.2.7', '2001:db8::7'];
  const served = await serve((context) =>
    createWafv2Service(context, {
      resourceExists: (arn) => balancers.has(arn),
      distributionsWithWebAcl: () => distributions,
      rateKeys: (_arn, rule) => (rule === 'rate' ? limited : []),
      check: unmatchable,
      sampledRequests: ({ limit }) => ({ SampledRequests: [], PopulationSize: limit }),
    }),
  );
  const client = new WAFV2(served.clientConfig);
  const create = async (more: Partial<CreateWebACLRequest> = {}) => {
    const { Summary = {} } = await client.createWebACL(settings(more));
    const { ARN = '', Name = '', Id = '', LockToken = '' } = Summary;
    const scope: Scope = more.Scope ?? 'REGIONAL';
    return { ARN, named: { Name, Id, Scope: scope }, LockToken };
  };
  const asyncDispose = served[Symbol.asyncDispose];
  return { ...served, client, create, balancers, distributions, [Symbol.asyncDispose]: asyncDispose };
}

/** Stands for a data plane that knows neither countries nor patterns that do not end. */
function unmatchable(webAcl: WebACL, sets: { regexSets: Readonly<Record<string, object>> }): string[] {
  const text = JSON.stringify([webAcl.Rules, sets.regexSets]);
  return [
    ...(text.includes('GeoMatchStatement') ? ['Cannot compile the statement "GeoMatchStatement"'] : []),
    ...(text.includes('(unclosed') ? ['Cannot compile the regular expression "(unclosed"'] : []),
  ];
}

const visibility = (MetricName: string) => ({
  SampledRequestsEnabled: true,
  CloudWatchMetricsEnabled: true,
  MetricName,
});

const settings = (more: Partial<CreateWebACLRequest> = {}): CreateWebACLRequest => ({
  Name: 'hub',
  Scope: 'REGIONAL',
  DefaultAction: { Allow: {} },
  VisibilityConfig: visibility('hub'),
  ...more,
});

const ruleOf = (Name: string, Priority: number, Statement: Statement, more: Partial<Rule> = {}): Rule => ({
  Name,
  Priority,
  Statement,
  Action: { Block: {} },
  VisibilityConfig: visibility(Name),
  ...more,
});

const rate = ruleOf('rate', 1, { RateBasedStatement: { Limit: 300, AggregateKeyType: 'IP' } });

/** How a call was refused: the error's name, and the field it blames. */
async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accepted',
    (error: Error & { Field?: string }) => [error.name, error.Field].filter(Boolean).join(' '),
  );
}

test('a web ACL is changed only by who saw its latest state, and an update replaces all of it', async () => {
  await using waf = await openWaf();
  const { client } = waf;
  const made = await waf.create({
    Description: 'the hub',
    Rules: [rate],
    Tags: [{ Key: 'run', Value: '1' }],
  });
  expect(made.ARN).toBe(`arn:aws:wafv2:us-east-1:111122223333:regional/webacl/hub/${made.named.Id}`);
  const got = await client.getWebACL(made.named);
  expect(got.WebACL).toMatchObject({
    Capacity: 2,
    Description: 'the hub',
    LabelNamespace: 'awswaf:111122223333:webacl:hub:',
  });
  expect(await client.getWebACL({ ARN: made.ARN })).toMatchObject({ LockToken: made.LockToken });
  const before = waf.changes.count;
  const update = { ...made.named, DefaultAction: { Block: {} }, VisibilityConfig: visibility('hub') };
  const { NextLockToken } = await client.updateWebACL({ ...update, LockToken: made.LockToken });
  expect(waf.changes.count).toBe(before + 1);
  const [updated] = waf.service.snapshot().webAcls;
  expect(updated).toMatchObject({ DefaultAction: { Block: {} }, Rules: [], Description: '', Capacity: 0 });
  const late = { ...made.named, LockToken: made.LockToken };
  expect(await refusal(client.updateWebACL({ ...update, ...late }))).toBe('WAFOptimisticLockException');
  expect(await refusal(client.deleteWebACL(late))).toBe('WAFOptimisticLockException');
  expect(await refusal(waf.create())).toBe('WAFDuplicateItemException');
  await client.deleteWebACL({ ...made.named, LockToken: NextLockToken });
  expect(await refusal(client.getWebACL(made.named))).toBe('WAFNonexistentItemException');
  expect(waf.service.snapshot().webAcls).toEqual([]);
});

test('the two scopes are apart, and lists come in pages', async () => {
  await using waf = await openWaf();
  const global = await waf.create({ Scope: 'CLOUDFRONT' });
  expect(global.ARN).toContain(':us-east-1:111122223333:global/webacl/hub/');
  for (const Name of ['c', 'a', 'b']) await waf.create({ Name });
  const names: (string | undefined)[] = [];
  let NextMarker: string | undefined;
  do {
    const page = await waf.client.listWebACLs({ Scope: 'REGIONAL', Limit: 2, NextMarker });
    names.push(...(page.WebACLs ?? []).map(({ Name }) => Name));
    NextMarker = page.NextMarker;
  } while (NextMarker);
  expect(names).toEqual(['a', 'b', 'c']);
  const { WebACLs } = await waf.client.listWebACLs({ Scope: 'CLOUDFRONT' });
  expect(WebACLs).toMatchObject([{ ARN: global.ARN }]);
  await using elsewhere = await serve((context) =>
    createWafv2Service(
      { ...context, region: 'eu-west-1' },
      { resourceExists: () => false, distributionsWithWebAcl: () => [], rateKeys: () => [] },
    ),
  );
  const client = new WAFV2({ ...elsewhere.clientConfig, region: 'eu-west-1' });
  expect(await refusal(client.createWebACL(settings({ Scope: 'CLOUDFRONT' })))).toBe(
    'WAFInvalidParameterException SCOPE_VALUE',
  );
});

test('what WAF refuses, and what the data plane cannot do, names its field', async () => {
  await using waf = await openWaf();
  const path = {
    FieldToMatch: { UriPath: {} },
    TextTransformations: [{ Priority: 0, Type: 'NONE' as const }],
  };
  const regex: Statement = { RegexMatchStatement: { RegexString: 'x', ...path } };
  const rateOf = (more: object): Statement => ({
    RateBasedStatement: { Limit: 300, AggregateKeyType: 'IP', ...more },
  });
  const ipSet = `arn:aws:wafv2:us-east-1:111122223333:regional/ipset/x/${absent}`;
  const statements: readonly [Statement, string][] = [
    [{}, 'STATEMENT'],
    [{ ...regex, ...rateOf({}) }, 'STATEMENT'],
    [{ RegexMatchStatement: { RegexString: 'x', ...path, FieldToMatch: {} } }, 'FIELD_TO_MATCH'],
    [{ OrStatement: { Statements: [regex] } }, 'OR_STATEMENT'],
    [{ NotStatement: { Statement: rateOf({}) } }, 'RATE_BASED_STATEMENT'],
    [rateOf({ EvaluationWindowSec: 90 }), 'RATE_BASED_STATEMENT'],
    [rateOf({ AggregateKeyType: 'CONSTANT' }), 'SCOPE_DOWN'],
    [rateOf({ AggregateKeyType: 'CUSTOM_KEYS' }), 'CUSTOM_KEYS'],
    [{ IPSetReferenceStatement: { ARN: 'blocked' } }, 'RESOURCE_ARN'],
    [{ ManagedRuleGroupStatement: { VendorName: 'AWS', Name: 'Any' } }, 'MANAGED_RULE_SET_STATEMENT'],
    [{ GeoMatchStatement: { CountryCodes: ['DE'] } }, 'GEO_MATCH_STATEMENT'],
  ];
  for (const [statement, field] of statements)
    expect(await refusal(waf.create({ Rules: [ruleOf('one', 0, statement)] }))).toBe(
      `WAFInvalidParameterException ${field}`,
    );
  const respond = (CustomResponse: { ResponseCode: number; CustomResponseBodyKey?: string }) => [
    ruleOf('one', 0, regex, { Action: { Block: { CustomResponse } } }),
  ];
  const others: readonly [Partial<CreateWebACLRequest>, string][] = [
    [{ DefaultAction: {} }, 'WAFInvalidParameterException DEFAULT_ACTION'],
    [{ Rules: [ruleOf('one', 0, regex, { Action: undefined })] }, 'WAFInvalidParameterException RULE'],
    [{ Rules: [ruleOf('one', 0, regex, { Action: {} })] }, 'WAFInvalidParameterException RULE_ACTION'],
    [{ Rules: [ruleOf('one', 0, regex), ruleOf('two', 0, regex)] }, 'WAFInvalidParameterException RULE'],
    [{ Rules: respond({ ResponseCode: 418 }) }, 'WAFInvalidParameterException CUSTOM_RESPONSE'],
    [
      { Rules: respond({ ResponseCode: 403, CustomResponseBodyKey: 'none' }) },
      'WAFInvalidParameterException CUSTOM_RESPONSE_BODY',
    ],
    [
      { Rules: [ruleOf('one', 0, { IPSetReferenceStatement: { ARN: ipSet } })] },
      'WAFNonexistentItemException',
    ],
    [{ Rules: [ruleOf('one', 0, rateOf({ Limit: 9 }))] }, 'ValidationException'],
    [{ Name: 'a hub' }, 'ValidationException'],
    [{ Rules: [ruleOf('one', 0, rateOf({ AggregateKeyType: 'COOKIE' }))] }, 'ValidationException'],
  ];
  for (const [more, expected] of others) expect(await refusal(waf.create(more))).toBe(expected);
  expect(waf.service.snapshot().webAcls).toEqual([]);
  await expect(waf.create({ Rules: [ruleOf('one', 0, {})] })).rejects.toThrow(
    'Error reason: You have used none or multiple values for a field that requires exactly one value., field: STATEMENT, parameter: Statement',
  );
});

test('a load balancer has one web ACL, and takes the association with it; a distribution names its own', async () => {
  await using waf = await openWaf();
  const { client } = waf;
  const first = await waf.create({ Name: 'first' });
  const second = await waf.create({ Name: 'second' });
  const global = await waf.create({ Scope: 'CLOUDFRONT' });
  const associate = (WebACLArn: string, ResourceArn: string) =>
    client.associateWebACL({ WebACLArn, ResourceArn });
  await associate(first.ARN, balancer);
  await associate(second.ARN, balancer);
  expect(waf.service.snapshot().associations).toEqual({ [balancer]: second.ARN });
  expect((await client.getWebACLForResource({ ResourceArn: balancer })).WebACL?.Name).toBe('second');
  const resources = async (WebACLArn: string) =>
    (await client.listResourcesForWebACL({ WebACLArn })).ResourceArns;
  expect([await resources(first.ARN), await resources(second.ARN)]).toEqual([[], [balancer]]);
  const refused = 'WAFInvalidParameterException RESOURCE_ARN';
  expect(await refusal(associate(global.ARN, balancer))).toBe(refused);
  expect(await refusal(associate(first.ARN, distribution))).toBe(refused);
  expect(await refusal(associate(first.ARN, `${balancer}0`))).toBe('WAFNonexistentItemException');
  const remove = ({ named, LockToken }: typeof first) => client.deleteWebACL({ ...named, LockToken });
  expect(await refusal(remove(second))).toBe('WAFAssociatedItemException');
  waf.balancers.delete(balancer);
  expect(waf.service.snapshot().associations).toEqual({});
  waf.distributions.push(distribution);
  expect(await refusal(remove(global))).toBe('WAFAssociatedItemException');
  waf.distributions.length = 0;
  for (const acl of [first, second, global]) await remove(acl);
  expect(waf.service.snapshot().webAcls).toEqual([]);
});

test('a detached web ACL is gone from its load balancer until it is attached again', async () => {
  await using waf = await openWaf();
  const { ARN } = await waf.create();
  await waf.client.associateWebACL({ WebACLArn: ARN, ResourceArn: balancer });
  await waf.client.disassociateWebACL({ ResourceArn: balancer });
  await waf.client.disassociateWebACL({ ResourceArn: balancer });
  expect((await waf.client.getWebACLForResource({ ResourceArn: balancer })).WebACL).toBeUndefined();
  expect(waf.service.snapshot().associations).toEqual({});
  await waf.client.associateWebACL({ WebACLArn: ARN, ResourceArn: balancer });
  expect((await waf.client.getWebACLForResource({ ResourceArn: balancer })).WebACL?.ARN).toBe(ARN);
});

test('a web ACL of Firewall Manager says so, also after an update, and its users cannot delete it', async () => {
  await using waf = await openWaf();
  const { named, LockToken } = await waf.create({ Name: 'FMManagedWebACLV2-rate-limits-1760000000000' });
  const { NextLockToken } = await waf.client.updateWebACL({
    ...settings(),
    ...named,
    Rules: [rate],
    LockToken,
  });
  expect((await waf.client.getWebACL(named)).WebACL).toMatchObject({
    ManagedByFirewallManager: true,
    Rules: [{ Name: 'rate' }],
  });
  const remove = waf.client.deleteWebACL({ ...named, LockToken: NextLockToken });
  expect(await refusal(remove)).toBe('WAFInvalidOperationException');
  const own = await waf.create();
  expect((await waf.client.getWebACL(own.named)).WebACL?.ManagedByFirewallManager).toBe(false);
});

test('sets are replaced under their lock, and stay while a rule refers to them', async () => {
  await using waf = await openWaf();
  const { client } = waf;
  const Addresses = ['192.0.2.44/32', '198.51.100.0/16'];
  const ips = { Name: 'office', Scope: 'REGIONAL', IPAddressVersion: 'IPV4' } as const;
  for (const wrong of ['0.0.0.0/0', '192.0.2.44', '2001:db8::/32', '192.0.2.0/33'])
    expect(await refusal(client.createIPSet({ ...ips, Addresses: [wrong] }))).toBe(
      'WAFInvalidParameterException IP_ADDRESS',
    );
  const { Summary = {} } = await client.createIPSet({ ...ips, Addresses });
  const { ARN = '', Id = '', LockToken } = Summary;
  const acl = await waf.create({ Rules: [ruleOf('office', 0, { IPSetReferenceStatement: { ARN } })] });
  const named = { Name: 'office', Scope: 'REGIONAL', Id } as const;
  const { NextLockToken } = await client.updateIPSet({ ...named, Addresses: ['192.0.2.45/32'], LockToken });
  expect(waf.service.snapshot().ipSets[ARN]?.Addresses).toEqual(['192.0.2.45/32']);
  const remove = () => client.deleteIPSet({ ...named, LockToken: NextLockToken });
  expect(await refusal(remove())).toBe('WAFAssociatedItemException');
  await client.deleteWebACL({ ...acl.named, LockToken: acl.LockToken });
  await remove();
  const patterns = { Name: 'admin', Scope: 'REGIONAL' } as const;
  const given = (text: string) => ({ ...patterns, RegularExpressionList: [{ RegexString: text }] });
  expect(await refusal(client.createRegexPatternSet(given('(unclosed')))).toBe(
    'WAFInvalidParameterException REGEX_PATTERN_SET',
  );
  const set = (await client.createRegexPatternSet(given('^/admin'))).Summary;
  const update = { Id: set?.Id, LockToken: set?.LockToken };
  expect(await refusal(client.updateRegexPatternSet({ ...given('(unclosed'), ...update }))).toBe(
    'WAFInvalidParameterException REGEX_PATTERN_SET',
  );
  await client.updateRegexPatternSet({ ...given('^/wp-admin'), ...update });
  const { regexSets } = waf.service.snapshot();
  expect(regexSets[set?.ARN ?? '']?.RegularExpressionList).toEqual([{ RegexString: '^/wp-admin' }]);
});

test('the CLI reads what a rule limits and what rules cost, and is told of a wrong log destination', async () => {
  await using waf = await openWaf();
  const { ARN, named } = await waf.create({ Rules: [rate] });
  const aws = awsCli(waf.gateway);
  const ofRate = ['--web-acl-name', 'hub', '--web-acl-id', named.Id, '--rule-name', 'rate'];
  const keys = aws('wafv2', 'get-rate-based-statement-managed-keys', '--scope', 'REGIONAL', ...ofRate);
  expect(await keys).toEqual({
    ManagedKeysIPV4: { IPAddressVersion: 'IPV4', Addresses: ['192.0.2.7/32'] },
    ManagedKeysIPV6: { IPAddressVersion: 'IPV6', Addresses: ['2001:db8::7/128'] },
  });
  const rules = ['--scope', 'REGIONAL', '--rules', JSON.stringify([rate])];
  expect(await aws('wafv2', 'check-capacity', ...rules)).toEqual({ Capacity: 2 });
  const logging = `ResourceArn=${ARN},LogDestinationConfigs=${logGroup.replace('aws-waf-logs-', '')}`;
  await expect(aws('wafv2', 'put-logging-configuration', '--logging-configuration', logging)).rejects.toThrow(
    'field: LOG_DESTINATION',
  );
});

const logGroup = 'arn:aws:logs:us-east-1:111122223333:log-group:aws-waf-logs-hub';

test('a web ACL has one log and its tags, and both go with it', async () => {
  await using waf = await openWaf();
  const { client } = waf;
  const { ARN, named, LockToken } = await waf.create({ Tags: [{ Key: 'run', Value: '1' }] });
  const put = (more: object = {}) => {
    const configuration = { ResourceArn: ARN, LogDestinationConfigs: [logGroup], ...more };
    return client.putLoggingConfiguration({ LoggingConfiguration: configuration });
  };
  expect(await refusal(client.getLoggingConfiguration({ ResourceArn: ARN }))).toBe(
    'WAFNonexistentItemException',
  );
  await put();
  expect(waf.service.snapshot().logging[ARN]?.LogDestinationConfigs).toEqual([logGroup]);
  expect(await refusal(put({ RedactedFields: [{ Method: {} }] }))).toBe(
    'WAFInvalidParameterException FIELD_TO_MATCH',
  );
  const { LoggingConfigurations } = await client.listLoggingConfigurations({ Scope: 'REGIONAL' });
  expect(LoggingConfigurations).toMatchObject([{ ResourceArn: ARN, LogScope: 'CUSTOMER' }]);
  await client.tagResource({ ResourceARN: ARN, Tags: [{ Key: 'team', Value: 'hub' }] });
  await client.untagResource({ ResourceARN: ARN, TagKeys: ['run'] });
  expect((await client.listTagsForResource({ ResourceARN: ARN })).TagInfoForResource).toEqual({
    ResourceARN: ARN,
    TagList: [{ Key: 'team', Value: 'hub' }],
  });
  await client.deleteWebACL({ ...named, LockToken });
  expect(waf.service.snapshot().logging).toEqual({});
  expect(await refusal(client.listTagsForResource({ ResourceARN: ARN }))).toBe('WAFNonexistentItemException');
});

test('what was seen of the traffic is told of rules that are there and count by address', async () => {
  await using waf = await openWaf();
  const { client } = waf;
  const method = ruleOf('method', 2, {
    RateBasedStatement: { Limit: 300, AggregateKeyType: 'CUSTOM_KEYS', CustomKeys: [{ HTTPMethod: {} }] },
  });
  const { ARN, named } = await waf.create({ Rules: [rate, method] });
  const keys = (RuleName: string) =>
    client.getRateBasedStatementManagedKeys({
      Scope: 'REGIONAL',
      WebACLName: 'hub',
      WebACLId: named.Id,
      RuleName,
    });
  expect(await refusal(keys('method'))).toBe('WAFUnsupportedAggregateKeyTypeException');
  expect(await refusal(keys('none'))).toBe('WAFNonexistentItemException');
  const EndTime = new Date();
  const sample = (RuleMetricName: string) =>
    client.getSampledRequests({
      WebAclArn: ARN,
      RuleMetricName,
      Scope: 'REGIONAL',
      TimeWindow: { StartTime: new Date(EndTime.getTime() - 86_400_000), EndTime },
      MaxItems: 10,
    });
  const { PopulationSize, TimeWindow } = await sample('rate');
  expect(PopulationSize).toBe(10);
  expect(EndTime.getTime() - (TimeWindow?.StartTime?.getTime() ?? 0)).toBeLessThanOrEqual(3 * 3_600_000);
  expect(await refusal(sample('none'))).toBe('WAFNonexistentItemException');
});

test('the web ACL of the edge template is created, changed and deleted by CloudFormation', async () => {
  const waf = { distributionsWithWebAcl: () => [], rateKeys: () => [], resourceExists: () => false };
  await using gateway = await startTestGateway((context) => [
    createWafv2Service(context, waf),
    createCloudFormationService(context, {
      call: (service, operation, input) => gateway.call(service, operation, input),
    }),
  ]);
  const template = await webAclOfTemplate('edge');
  const client = new CloudFormation(gateway.clientOptions);
  const wait = { client, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.2 };
  const stack = (RateLimit: string) => ({
    StackName: 'edge',
    TemplateBody: template,
    Parameters: Object.entries({
      ...{ Name: 'hub', RateLimit, BlockedPattern: '/wp-admin', RateLimitStatus: '429' },
      ...{ DomainName: 'hub.example', HostedZoneId: 'Z1', OriginDomainName: 'o.example' },
      MaintenanceBucketName: 'hub-maintenance',
    }).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
  });
  const web = new WAFV2(gateway.clientOptions);
  const limits = async () => {
    const { WebACLs = [] } = await web.listWebACLs({ Scope: 'CLOUDFRONT' });
    const acls = await Promise.all(WebACLs.map(({ ARN }) => web.getWebACL({ ARN })));
    return acls.map(({ WebACL }) => [
      WebACL?.Capacity,
      WebACL?.Rules?.[1]?.Statement?.RateBasedStatement?.Limit,
    ]);
  };
  await client.createStack(stack('300'));
  await waitUntilStackCreateComplete(wait, { StackName: 'edge' });
  expect(await limits()).toEqual([[49, 300]]);
  await client.updateStack(stack('500'));
  await waitUntilStackUpdateComplete(wait, { StackName: 'edge' });
  expect(await limits()).toEqual([[49, 500]]);
  await client.deleteStack({ StackName: 'edge' });
  await waitUntilStackDeleteComplete(wait, { StackName: 'edge' });
  expect(await limits()).toEqual([]);
});

/** What stands before the resources, and of them the web ACL alone. */
async function webAclOfTemplate(name: string): Promise<string> {
  const url = new URL(`../../../../provisioning/templates/${name}.yaml`, import.meta.url);
  const text = await readFile(url, 'utf8');
  const [before = ''] = text.split('Resources:\n');
  const webAcl = /^ {2}WebAcl:\n(?: {4}.*\n)+/m.exec(text)?.[0] ?? '';
  return `${before}Resources:\n${webAcl}`;
}
