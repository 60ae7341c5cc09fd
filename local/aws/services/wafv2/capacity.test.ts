import type { FieldToMatch, Rule, Statement, TextTransformationType } from '@aws-sdk/client-wafv2';
import { expect, test } from 'vitest';
import { capacityOf } from './capacity.ts';

const rule = (Statement: Statement): Rule => ({
  Name: 'rule',
  Priority: 0,
  Statement,
  Action: { Allow: {} },
  VisibilityConfig: { SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: 'rule' },
});

const on = (FieldToMatch: FieldToMatch, ...types: TextTransformationType[]) => ({
  FieldToMatch,
  TextTransformations: types.map((Type, Priority) => ({ Priority, Type })),
});

const exactly = (field: ReturnType<typeof on>): Statement => ({
  ByteMatchStatement: { SearchString: Buffer.from('x'), PositionalConstraint: 'EXACTLY', ...field },
});

test('the examples of the CLI reference cost what it says', () => {
  const checkCapacity = [
    rule({
      AndStatement: {
        Statements: [
          exactly(on({ SingleHeader: { Name: 'host' } }, 'LOWERCASE')),
          { GeoMatchStatement: { CountryCodes: ['US', 'IN'] } },
        ],
      },
    }),
    rule({ RateBasedStatement: { Limit: 1000, AggregateKeyType: 'IP' } }),
  ];
  expect(capacityOf(checkCapacity)).toBe(15);
  const size = { ComparisonOperator: 'EQ' as const, Size: 0, ...on({ QueryString: {} }, 'NONE') };
  const getWebAcl = [
    rule({
      AndStatement: { Statements: [exactly(on({ UriPath: {} }, 'NONE')), { SizeConstraintStatement: size }] },
    }),
  ];
  expect(capacityOf(getWebAcl)).toBe(3);
});

test('a transformation of a component is paid for once, of another component again', () => {
  const lowerPath = exactly(on({ UriPath: {} }, 'LOWERCASE'));
  expect(capacityOf([rule(lowerPath)])).toBe(12);
  expect(capacityOf([rule(lowerPath), rule(lowerPath)])).toBe(14);
  expect(capacityOf([rule(lowerPath), rule(exactly(on({ QueryString: {} }, 'LOWERCASE')))])).toBe(24);
});

test('costly components and keys cost more', () => {
  const xss = (field: FieldToMatch) => rule({ XssMatchStatement: on(field, 'NONE') });
  const JsonBody = { MatchPattern: { All: {} }, MatchScope: 'ALL' as const };
  expect(capacityOf([xss({ UriPath: {} })])).toBe(40);
  expect(capacityOf([xss({ JsonBody })])).toBe(80);
  expect(capacityOf([xss({ AllQueryArguments: {} })])).toBe(50);
  const CustomKeys = [{ IP: {} }, { HTTPMethod: {} }];
  const rate = { Limit: 100, AggregateKeyType: 'CUSTOM_KEYS' as const, CustomKeys };
  const NotStatement = { Statement: exactly(on({ Method: {} }, 'NONE')) };
  expect(capacityOf([rule({ RateBasedStatement: { ...rate, ScopeDownStatement: { NotStatement } } })])).toBe(
    64,
  );
});
