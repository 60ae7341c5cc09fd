import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import { ambiguity } from './ambiguous.ts';
import { meets } from './condition.ts';
import { accepts } from './health-check.ts';
import { afterCheck, checking } from './health-state.ts';
import { redirectLocation } from './redirect.ts';
import { type RequestHead, splitTarget } from './request-head.ts';
import { chooseTargetGroup, route } from './route.ts';
import { targetHeaders } from './target-headers.ts';
import { traceHeader } from './trace-id.ts';

function head(part: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    path: '/packages/search',
    query: 'ts=web&kind=0',
    host: 'artifacthub.example',
    headers: [['Host', 'artifacthub.example']],
    clientIp: '127.20.200.7',
    clientPort: 4711,
    scheme: 'http',
    listenerPort: 80,
    httpVersion: '1.1',
    ...part,
  };
}

describe('rules', () => {
  test.each<[RuleCondition, boolean]>([
    [{ Field: 'host-header', HostHeaderConfig: { Values: ['*.Example'] } }, true],
    [{ Field: 'host-header', Values: ['artifacthub.examples'] }, false],
    [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/packages/*'] } }, true],
    [{ Field: 'path-pattern', Values: ['/Packages/*'] }, false],
    [{ Field: 'path-pattern', Values: ['/packages/searc?'] }, true],
    [{ Field: 'path-pattern', Values: ['/packages/search?'] }, false],
    [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'host', Values: ['ART*'] } }, true],
    [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET'] } }, true],
    [{ Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'TS', Value: 'w*' }] } }, true],
    [{ Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'ts', Value: 'x' }] } }, false],
    [{ Field: 'source-ip', SourceIpConfig: { Values: ['127.20.200.0/24'] } }, true],
    [{ Field: 'source-ip', SourceIpConfig: { Values: ['127.20.9.0/24'] } }, false],
  ])('%j: %s', (condition, expected) => {
    expect(meets(condition, head())).toBe(expected);
  });

  test('are tried by priority, as numbers, with the default last', () => {
    const rule = (Priority: string, path: string, StatusCode: string) => ({
      Priority,
      IsDefault: Priority === 'default',
      Conditions: Priority === 'default' ? [] : [{ Field: 'path-pattern', Values: [path] }],
      Actions: [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode } }],
    });
    const rules = [
      rule('default', '', '404'),
      rule('10', '/packages/*', '210'),
      rule('9', '/packages/*', '209'),
    ];
    const status = (path: string) => route(rules, head({ path }))?.FixedResponseConfig?.StatusCode;
    expect(status('/packages/a')).toBe('209');
    expect(status('/')).toBe('404');
  });

  test('weigh target groups, and a weight of nought gets nothing', () => {
    const TargetGroups = [
      { TargetGroupArn: 'blue', Weight: 0 },
      { TargetGroupArn: 'green', Weight: 3 },
      { TargetGroupArn: 'red', Weight: 1 },
    ];
    const at = (value: number) =>
      chooseTargetGroup({ Type: 'forward', ForwardConfig: { TargetGroups } }, () => value);
    expect([at(0), at(0.74), at(0.75), at(0.99)]).toEqual(['green', 'green', 'red', 'red']);
  });
});

describe('redirects', () => {
  test('to HTTPS name the port, and keep host, path and query', () => {
    const config = { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' as const };
    expect(redirectLocation(config, head({ host: 'artifacthub.example:80' }))).toBe(
      'https://artifacthub.example:443/packages/search?ts=web&kind=0',
    );
  });

  test('fill placeholders', () => {
    const config = {
      Host: 'www.#{host}',
      Path: '/new/#{path}',
      Query: 'from=#{port}&#{query}',
      StatusCode: 'HTTP_302' as const,
    };
    expect(redirectLocation(config, head())).toBe(
      'http://www.artifacthub.example:80/new/packages/search?from=80&ts=web&kind=0',
    );
  });
});

describe('headers to the target', () => {
  const options = { attributes: {}, traceHeader: 'Root=1-a-b', insertHeaders: [], upgrade: false };

  test('append to what was forwarded and replace what is the load balancer’s own to say', () => {
    const headers: [string, string][] = [
      ['Host', 'artifacthub.example'],
      ['X-Forwarded-For', '10.0.0.1'],
      ['X-Forwarded-Proto', 'https'],
      ['Connection', 'close, X-Private'],
      ['X-Private', 'of this hop'],
      ['TE', 'trailers'],
      ['Expect', '100-continue'],
      ['x-amzn-waf-stormproof', 'forged'],
      ['Accept', '*/*'],
    ];
    const inserted = { ...options, insertHeaders: [['x-amzn-waf-stormproof', 'edge'] as const] };
    expect(targetHeaders(head({ headers }), inserted)).toEqual([
      ['Host', 'artifacthub.example'],
      ['X-Forwarded-For', '10.0.0.1, 127.20.200.7'],
      ['X-Forwarded-Proto', 'http'],
      ['X-Forwarded-Port', '80'],
      ['X-Amzn-Trace-Id', 'Root=1-a-b'],
      ['Accept', '*/*'],
      ['x-amzn-waf-stormproof', 'edge'],
    ]);
  });

  test.each([
    ['preserve', '10.0.0.1'],
    ['remove', undefined],
  ])('in the mode %s', (mode, expected) => {
    const attributes = { 'routing.http.xff_header_processing.mode': mode };
    const sent = targetHeaders(head({ headers: [['X-Forwarded-For', '10.0.0.1']] }), {
      ...options,
      attributes,
    });
    expect(sent.find(([name]) => name === 'X-Forwarded-For')?.[1]).toBe(expected);
  });

  test('trace IDs get a root, or a self before the root there is', () => {
    const now = new Date('2026-11-21T06:00:00Z');
    const add = (received?: string) => traceHeader(received, now, createRandom(1));
    expect(add()).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(add('Root=1-67891233-abcdef012345678912345678;CalledFrom=app')).toMatch(
      /^Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-67891233-abcdef012345678912345678;CalledFrom=app$/,
    );
    expect(add('Self=1-1-1;Root=1-2-2')).toMatch(/^Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-2-2$/);
    expect(add('CalledFrom=app')).toMatch(/^Root=[^;]+;CalledFrom=app$/);
  });
});

test('a request target is split without decoding, whatever it holds', () => {
  expect(splitTarget('http://evil.example/a?b?c')).toEqual({ path: '/a', query: 'b?c' });
  fc.assert(
    fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
      fc.pre(path !== '' && !path.startsWith('//') && query !== '');
      expect(splitTarget(`${path}?${query}`)).toEqual({ path, query });
    }),
  );
});

test('requests that two servers may read in two ways are told apart from those that may not', () => {
  const withHeaders = (...headers: [string, string][]) => head({ headers: [['Host', 'a'], ...headers] });
  expect(ambiguity(withHeaders(), false)).toBeUndefined();
  expect(ambiguity(withHeaders(['Host', 'b']), false)).toBe('severe');
  expect(ambiguity(withHeaders(['Transfer-Encoding', 'chunked'], ['Content-Length', '3']), true)).toBe(
    'severe',
  );
  expect(ambiguity(withHeaders(['Transfer-Encoding', 'xchunked']), true)).toBe('severe');
  expect(ambiguity(withHeaders(['Content-Length', '3']), true)).toBe('ambiguous');
});

describe('health', () => {
  const thresholds = { healthy: 3, unhealthy: 2 };
  const healthAfter = (...kinds: ('passed' | 'timeout' | 'failed')[]) =>
    kinds.reduce((state, kind) => afterCheck(state, { kind }, thresholds), checking).health;

  test('a new target needs one passing check, a fallen one as many as the threshold says', () => {
    expect(healthAfter('passed')).toEqual({ State: 'healthy' });
    expect(healthAfter('failed', 'failed', 'passed', 'passed').State).toBe('unhealthy');
    expect(healthAfter('failed', 'failed', 'passed', 'passed', 'passed').State).toBe('healthy');
  });

  test('a target falls after as many failures in a row, with the reason of the last', () => {
    expect(healthAfter('passed', 'failed', 'passed', 'failed')).toEqual({ State: 'healthy' });
    expect(healthAfter('passed', 'failed', 'timeout')).toEqual({
      State: 'unhealthy',
      Reason: 'Target.Timeout',
      Description: 'Request timed out',
    });
    expect(
      afterCheck(
        afterCheck(checking, { kind: 'failed' }, thresholds),
        { kind: 'wrong-code', status: 500 },
        thresholds,
      ).health,
    ).toEqual({
      State: 'unhealthy',
      Reason: 'Target.ResponseCodeMismatch',
      Description: 'Health checks failed with these codes: [500]',
    });
  });

  test('matchers are lists of codes and ranges', () => {
    expect(accepts('200-299,404', 204)).toBe(true);
    expect(accepts('200-299,404', 404)).toBe(true);
    expect(accepts('200', 302)).toBe(false);
    expect(accepts(undefined, 200)).toBe(true);
  });
});
