import type { PlaneFault } from '../../../../local/base/plane-fault.ts';

/** What the scripted AWS account, database and planes hold: plain data, so that two moments can be compared. */
export interface World {
  distribution: Versioned;
  readonly webAcls: Record<'CLOUDFRONT' | 'REGIONAL', Versioned>;
  readonly securityGroups: SecurityGroup[];
  readonly certificates: Record<string, Certificate>;
  readonly database: { reboots: number; password: 'declared' | 'another'; connect: string[] };
  /** Route 53's records that faults made: name → text. */
  readonly records: Record<string, string>;
  /** What pods said, of logs and traces. */
  readonly canaries: Set<string>;
  readonly broken: Record<string, PlaneFault>;
  /** Calls that changed something. */
  changes: number;
}

interface Versioned {
  version: number;
  value: Record<string, unknown>;
}

interface SecurityGroup {
  readonly GroupId: string;
  readonly GroupName: string;
  IpPermissions: Record<string, unknown>[];
}

interface Certificate {
  readonly tags: readonly { readonly Key?: string; readonly Value?: string }[];
  readonly domain: string;
}

export const names = {
  distribution: 'E1',
  loadBalancer: 'none.us-east-1.elb.amazonaws.com',
  edgeWebAcl: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/1',
  regionalWebAcl: 'arn:aws:wafv2:us-east-1:111122223333:regional/webacl/hub/1',
  certificate: 'arn:aws:acm:us-east-1:111122223333:certificate/steady',
  prefixList: 'pl-3b927c52',
} as const;

export function createWorld(): World {
  return {
    distribution: { version: 1, value: distributionConfig() },
    webAcls: {
      CLOUDFRONT: { version: 1, value: webAcl('edge', names.edgeWebAcl) },
      REGIONAL: { version: 1, value: webAcl('hub', names.regionalWebAcl) },
    },
    securityGroups: [
      {
        GroupId: 'sg-1',
        GroupName: 'load-balancer',
        IpPermissions: [80, 443].map((port) => ({
          IpProtocol: 'tcp',
          FromPort: port,
          ToPort: port,
          PrefixListIds: [{ PrefixListId: names.prefixList }],
        })),
      },
    ],
    certificates: { [names.certificate]: { tags: [], domain: 'artifacthub.example' } },
    database: { reboots: 0, password: 'declared', connect: ['PUBLIC', 'hub'] },
    records: {},
    canaries: new Set(),
    broken: {},
    changes: 0,
  };
}

/** Without the counters that only tell that something happened. */
export function stateOf(world: World): unknown {
  const { distribution, webAcls, securityGroups, certificates, database, records, broken } = world;
  return structuredClone({
    distribution: distribution.value,
    webAcls: [webAcls.CLOUDFRONT.value, webAcls.REGIONAL.value],
    securityGroups: securityGroups.map((group) => ({
      ...group,
      IpPermissions: group.IpPermissions.map((permission) => JSON.stringify(permission)).sort(),
    })),
    certificates,
    password: database.password,
    connect: database.connect.toSorted(),
    records,
    broken,
  });
}

function distributionConfig(): Record<string, unknown> {
  return {
    CallerReference: '1',
    Comment: 'artifacthub',
    Enabled: true,
    WebACLId: names.edgeWebAcl,
    Origins: {
      Quantity: 2,
      Items: [
        {
          Id: 'load-balancer',
          DomainName: names.loadBalancer,
          CustomHeaders: { Quantity: 1, Items: [{ HeaderName: 'x-origin-secret', HeaderValue: 'secret' }] },
          CustomOriginConfig: {
            OriginReadTimeout: 30,
            OriginKeepaliveTimeout: 5,
            HTTPPort: 80,
            HTTPSPort: 443,
          },
        },
        { Id: 'maintenance', DomainName: 'maintenance.s3.us-east-1.amazonaws.com', OriginPath: '' },
      ],
    },
    DefaultCacheBehavior: { TargetOriginId: 'load-balancer', ViewerProtocolPolicy: 'redirect-to-https' },
    CustomErrorResponses: {
      Quantity: 1,
      Items: [
        {
          ErrorCode: 502,
          ResponseCode: '503',
          ResponsePagePath: '/maintenance/index.html',
          ErrorCachingMinTTL: 10,
        },
      ],
    },
  };
}

function webAcl(Name: string, ARN: string): Record<string, unknown> {
  const visibility = { SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: Name };
  return {
    ARN,
    Id: '1',
    Name,
    DefaultAction: { Allow: {} },
    VisibilityConfig: visibility,
    Rules: [
      {
        Name: 'rate-limit-by-address',
        Priority: 1,
        Action: { Block: {} },
        Statement: { RateBasedStatement: { Limit: 300, AggregateKeyType: 'IP' } },
        VisibilityConfig: visibility,
      },
      {
        Name: 'blocked-patterns',
        Priority: 2,
        Action: { Block: {} },
        Statement: { LabelMatchStatement: { Scope: 'LABEL', Key: 'bad' } },
        VisibilityConfig: visibility,
      },
    ],
  };
}
