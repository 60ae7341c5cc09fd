import type { FieldToMatch, Rule, Statement, WebACL } from '@aws-sdk/client-wafv2';
import { describe, expect, test } from 'vitest';
import { type Clock, createClock } from '../base/clock.ts';
import type { Decision } from './decision.ts';
import { createFirewall, type FirewallConfig } from './firewall.ts';
import type { InspectionRequest } from './request.ts';

const visibility = { SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: 'm' };
const none = [{ Priority: 0, Type: 'NONE' as const }];
const edgeArn = 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/1';
const albArn = 'arn:aws:wafv2:us-east-1:111122223333:regional/webacl/alb/1';

function rule(Name: string, Statement: Statement, rest: Partial<Rule> = { Action: { Block: {} } }): Rule {
  return { Name, Priority: 0, Statement, VisibilityConfig: visibility, ...rest };
}

function webAcl(Rules: Rule[], rest: Partial<WebACL> = {}): WebACL {
  return {
    Name: 'edge',
    Id: '1',
    ARN: edgeArn,
    DefaultAction: { Allow: {} },
    VisibilityConfig: visibility,
    Rules,
    ...rest,
  };
}

function contains(text: string, FieldToMatch: FieldToMatch, Type: 'NONE' | 'URL_DECODE' = 'NONE'): Statement {
  const SearchString = Buffer.from(text);
  const TextTransformations = [{ Priority: 0, Type }];
  return {
    ByteMatchStatement: { SearchString, FieldToMatch, TextTransformations, PositionalConstraint: 'CONTAINS' },
  };
}

function request(part: Partial<InspectionRequest> = {}): InspectionRequest {
  return {
    webAclArn: edgeArn,
    clientIp: '127.20.200.1',
    method: 'GET',
    path: '/',
    query: '',
    headers: [],
    ...part,
  };
}

function firewallWith(Rules: Rule[], rest: Partial<WebACL> = {}, references: Partial<FirewallConfig> = {}) {
  const firewall = createFirewall({ clock: createClock({ speed: 10 }) });
  firewall.apply({ webAcls: [webAcl(Rules, rest)], ipSets: {}, regexSets: {}, ...references });
  return firewall;
}

async function blocks(statement: Statement, part: Partial<InspectionRequest>, rest: Partial<WebACL> = {}) {
  const firewall = firewallWith([rule('it', statement)], rest);
  return (await firewall.inspect(request({ webAclArn: rest.ARN ?? edgeArn, ...part }))).action === 'block';
}

/** A clock whose elapsed time the test sets. */
function settableClock(): { clock: Clock; seconds: (value: number) => void } {
  let elapsed = 0;
  return {
    clock: { ...createClock({ speed: 1 }), elapsedMs: () => elapsed },
    seconds: (value) => {
      elapsed = value * 1000;
    },
  };
}

describe('rules', () => {
  test('are evaluated by priority, and Count inserts its header and goes on', async () => {
    const counting = rule('mark', contains('/', { UriPath: {} }), {
      Priority: 1,
      Action: {
        Count: { CustomRequestHandling: { InsertHeaders: [{ Name: 'Stormproof', Value: 'edge' }] } },
      },
    });
    const blocking = rule('stop', contains('bad', { UriPath: {} }), { Priority: 2, Action: { Block: {} } });
    const firewall = firewallWith([blocking, counting]);
    expect(await firewall.inspect(request())).toEqual({
      action: 'allow',
      insertHeaders: [['x-amzn-waf-stormproof', 'edge']],
    });
    expect(await firewall.inspect(request({ path: '/bad' }))).toEqual({
      action: 'block',
      status: 403,
      headers: [],
      custom: false,
      rule: 'stop',
    });
  });

  test('answer with a custom response and its body', async () => {
    const CustomResponse = {
      ResponseCode: 429,
      CustomResponseBodyKey: 'slow',
      ResponseHeaders: [{ Name: 'x-blocked-by', Value: 'edge-rate' }],
    };
    const firewall = firewallWith(
      [rule('stop', contains('bad', { UriPath: {} }), { Action: { Block: { CustomResponse } } })],
      { CustomResponseBodies: { slow: { ContentType: 'APPLICATION_JSON', Content: '{"slow":true}' } } },
    );
    expect(await firewall.inspect(request({ path: '/bad' }))).toEqual({
      action: 'block',
      status: 429,
      headers: [
        ['x-blocked-by', 'edge-rate'],
        ['content-type', 'application/json'],
      ],
      body: Buffer.from('{"slow":true}'),
      custom: true,
      rule: 'stop',
    });
  });

  test('see the labels of earlier rules', async () => {
    const labelling = rule('label', contains('admin', { UriPath: {} }), {
      Action: { Count: {} },
      RuleLabels: [{ Name: 'area:admin' }],
    });
    const labelled = rule(
      'labelled',
      { LabelMatchStatement: { Scope: 'LABEL', Key: 'area:admin' } },
      { Priority: 1, Action: { Block: {} } },
    );
    const firewall = firewallWith([labelling, labelled]);
    expect((await firewall.inspect(request({ path: '/admin' }))).action).toBe('block');
    expect((await firewall.inspect(request())).action).toBe('allow');
  });

  test('that are not done here are refused, all at once and before anything changes', () => {
    const firewall = firewallWith([]);
    const geo = rule('geo', { GeoMatchStatement: { CountryCodes: ['AT'] } });
    const captcha = rule('captcha', contains('x', { UriPath: {} }), { Action: { Captcha: {} } });
    const webAcls = [webAcl([geo]), webAcl([captcha], { ARN: albArn })];
    expect(() => firewall.apply({ webAcls, ipSets: {}, regexSets: {} })).toThrow(
      /"geo".*GeoMatchStatement.*"captcha".*"Captcha"/,
    );
  });
});

describe('statements', () => {
  const uri: FieldToMatch = { UriPath: {} };

  test('match bytes after transformation', async () => {
    expect(await blocks(contains('<script', { QueryString: {} }), { query: 'q=%3Cscript' })).toBe(false);
    expect(
      await blocks(contains('<script', { QueryString: {} }, 'URL_DECODE'), { query: 'q=%3Cscript' }),
    ).toBe(true);
  });

  test('combine with and, or, not', async () => {
    const both = { AndStatement: { Statements: [contains('a', uri), contains('b', uri)] } };
    const neither = {
      NotStatement: { Statement: { OrStatement: { Statements: [contains('a', uri), contains('b', uri)] } } },
    };
    expect(await blocks(both, { path: '/ab' })).toBe(true);
    expect(await blocks(both, { path: '/a' })).toBe(false);
    expect(await blocks(neither, { path: '/c' })).toBe(true);
  });

  test.each([
    [edgeArn, 16],
    [albArn, 8],
  ])('inspect the body of %s up to %i KB, then by oversize handling', async (ARN, kilobytes) => {
    const inside = Buffer.from(`${'x'.repeat(kilobytes * 1024 - 3)}bad`);
    const outside = Buffer.from(`${'x'.repeat(kilobytes * 1024)}bad`);
    const carryOn = contains('bad', { Body: { OversizeHandling: 'CONTINUE' } });
    expect(await blocks(carryOn, { body: inside }, { ARN })).toBe(true);
    expect(await blocks(carryOn, { body: outside }, { ARN })).toBe(false);
    const refuse = contains('nowhere', { Body: { OversizeHandling: 'MATCH' } });
    expect(await blocks(refuse, { body: inside }, { ARN })).toBe(false);
    expect(await blocks(refuse, { body: outside }, { ARN })).toBe(true);
  });

  test('match IP sets by the peer, or by a forwarded address', async () => {
    const ARN = 'arn:aws:wafv2:us-east-1:111122223333:regional/ipset/s/1';
    const references = { ipSets: { [ARN]: { Addresses: ['127.20.200.0/24'] } } };
    const byPeer = firewallWith([rule('ip', { IPSetReferenceStatement: { ARN } })], {}, references);
    expect((await byPeer.inspect(request())).action).toBe('block');
    expect((await byPeer.inspect(request({ clientIp: '127.20.201.1' }))).action).toBe('allow');
    const IPSetForwardedIPConfig = {
      HeaderName: 'X-Forwarded-For',
      FallbackBehavior: 'MATCH' as const,
      Position: 'LAST' as const,
    };
    const forwarded = firewallWith(
      [rule('ip', { IPSetReferenceStatement: { ARN, IPSetForwardedIPConfig } })],
      {},
      references,
    );
    const from = (value: string) => forwarded.inspect(request({ headers: [['x-forwarded-for', value]] }));
    expect((await from('127.20.200.9, 10.0.0.1')).action).toBe('allow');
    expect((await from('10.0.0.1, 127.20.200.9')).action).toBe('block');
    expect((await from('nonsense')).action).toBe('block');
    expect((await forwarded.inspect(request())).action).toBe('allow');
  });

  test('find injections and leave ordinary text alone', async () => {
    const TextTransformations = [{ Priority: 0, Type: 'URL_DECODE' as const }];
    const sql: Statement = {
      SqliMatchStatement: { FieldToMatch: { AllQueryArguments: {} }, TextTransformations },
    };
    const xss: Statement = {
      XssMatchStatement: { FieldToMatch: { AllQueryArguments: {} }, TextTransformations },
    };
    for (const attack of ["1' OR '1'='1", '1 UNION SELECT a FROM b', "x'; DROP TABLE users--", "admin'--"]) {
      expect(await blocks(sql, { query: `q=${encodeURIComponent(attack)}` }), attack).toBe(true);
    }
    for (const attack of [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      'javascript:alert(1)',
    ]) {
      expect(await blocks(xss, { query: `q=${encodeURIComponent(attack)}` }), attack).toBe(true);
    }
    for (const benign of [
      "O'Brien and sons",
      'select a plan from the list',
      'a < b and c > d',
      'kube-prometheus 1.2',
    ]) {
      expect(await blocks(sql, { query: `q=${encodeURIComponent(benign)}` }), benign).toBe(false);
      expect(await blocks(xss, { query: `q=${encodeURIComponent(benign)}` }), benign).toBe(false);
    }
  });

  test('match patterns and sizes', async () => {
    const RegexString = '(?i)\\.env$';
    expect(
      await blocks(
        { RegexMatchStatement: { RegexString, FieldToMatch: uri, TextTransformations: none } },
        { path: '/.ENV' },
      ),
    ).toBe(true);
    const long: Statement = {
      SizeConstraintStatement: {
        ComparisonOperator: 'GT',
        Size: 10,
        FieldToMatch: { SingleHeader: { Name: 'x-a' } },
        TextTransformations: none,
      },
    };
    expect(await blocks(long, { headers: [['X-A', 'a'.repeat(11)]] })).toBe(true);
    expect(await blocks(long, {})).toBe(false);
  });
});

describe('rate-based rules', () => {
  const statement = (part: object = {}): Statement => ({
    RateBasedStatement: { Limit: 10, EvaluationWindowSec: 60, AggregateKeyType: 'IP', ...part },
  });

  function limiter(part: object = {}) {
    const { clock, seconds } = settableClock();
    const decisions: Decision[] = [];
    const firewall = createFirewall({ clock, onDecision: (decision) => decisions.push(decision) });
    const apply = (changed: object = part): void =>
      firewall.apply({ webAcls: [webAcl([rule('rate', statement(changed))])], ipSets: {}, regexSets: {} });
    const send = async (count: number, what: Partial<InspectionRequest> = {}): Promise<string[]> => {
      const actions: string[] = [];
      for (let i = 0; i < count; i++) actions.push((await firewall.inspect(request(what))).action);
      return actions;
    };
    apply();
    return { firewall, apply, send, seconds, decisions };
  }

  test('block a client at a check, and no other, and release it when its rate has fallen', async () => {
    const { send, seconds, firewall, decisions } = limiter();
    expect(await send(30)).not.toContain('block');
    seconds(10);
    expect(await send(1)).toEqual(['block']);
    expect(decisions.at(-1)).toMatchObject({
      terminatingRuleId: 'rate',
      action: 'BLOCK',
      httpSourceName: 'CF',
      rateBasedRuleList: [{ limitKey: 'IP', limitValue: '127.20.200.1', maxRateAllowed: 10 }],
    });
    expect(await send(1, { clientIp: '127.20.200.2' })).toEqual(['allow']);
    expect(firewall.rateKeys(edgeArn, 'rate')).toEqual(['127.20.200.1']);
    seconds(69);
    expect(await send(1)).toEqual(['block']);
    seconds(70);
    expect(await send(1)).toEqual(['allow']);
  });

  test('go on blocking a client that does not slow down: blocked requests count', async () => {
    const { send, seconds } = limiter();
    for (let second = 0; second < 300; second += 10) {
      seconds(second);
      await send(5);
    }
    seconds(300);
    expect(await send(1)).toEqual(['block']);
  });

  test('never block a client evenly paced at half the limit', async () => {
    const { send, seconds } = limiter();
    for (let second = 0; second < 600; second += 12) {
      seconds(second);
      expect(await send(1)).toEqual(['allow']);
    }
  });

  test('reset when their settings change, and only then', async () => {
    const { send, seconds, apply } = limiter();
    await send(30);
    apply();
    seconds(10);
    expect(await send(1)).toEqual(['block']);
    apply({ Limit: 20 });
    expect(await send(1)).toEqual(['allow']);
  });

  test('take the first forwarded address, and skip requests without the header', async () => {
    const ForwardedIPConfig = { HeaderName: 'X-Forwarded-For', FallbackBehavior: 'MATCH' };
    const { send, seconds } = limiter({ AggregateKeyType: 'FORWARDED_IP', ForwardedIPConfig });
    await send(30, { headers: [['X-Forwarded-For', '10.9.9.9, 127.20.200.1']] });
    await send(30);
    seconds(10);
    expect(await send(1, { headers: [['X-Forwarded-For', '10.9.9.9']] })).toEqual(['block']);
    expect(await send(1, { headers: [['X-Forwarded-For', '127.20.200.1']] })).toEqual(['allow']);
    expect(await send(1)).toEqual(['allow']);
    expect(await send(1, { headers: [['X-Forwarded-For', 'nonsense']] })).toEqual(['block']);
  });

  test('count only what the scope-down statement takes, by custom keys', async () => {
    const { send, seconds } = limiter({
      AggregateKeyType: 'CUSTOM_KEYS',
      CustomKeys: [{ IP: {} }, { Header: { Name: 'x-tenant', TextTransformations: none } }],
      ScopeDownStatement: contains('/api/', { UriPath: {} }),
    });
    const tenant = (value: string, path = '/api/'): Partial<InspectionRequest> => ({
      path,
      headers: [['x-tenant', value]],
    });
    await send(30, tenant('a'));
    await send(30, tenant('b', '/'));
    await send(30, { path: '/api/' });
    seconds(10);
    expect(await send(1, tenant('a'))).toEqual(['block']);
    expect(await send(1, tenant('a', '/'))).toEqual(['allow']);
    expect(await send(1, tenant('b'))).toEqual(['allow']);
    expect(await send(1, { path: '/api/' })).toEqual(['allow']);
  });
});
