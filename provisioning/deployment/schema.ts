import { z } from 'zod';
import { safetySchema } from './safety.ts';

/**
 * The deployment file: what a deployment promises, in the words of its owners. Budgets are real-world seconds and are
 * compared with elapsed stack time (design §4). Defaults come from the reference (`aws-semantics.md`).
 */
const seconds = z.number().positive();
const count = z.number().int().nonnegative();
const hostName = z
  .string()
  .regex(
    /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    'expected a lower-case host name',
  );
const path = z.string().startsWith('/', 'expected a path that starts with "/"');
const statusCode = z.number().int().min(100).max(599);

const probe = z
  .strictObject({
    path,
    status: statusCode.default(200),
    contains: z.string().optional().describe('A text that the body must hold'),
  })
  .describe('One request of the steady state');

const domain = z.strictObject({
  name: hostName.describe('The apex that viewers use; a Route 53 alias to the distribution'),
  zone: hostName.describe('The hosted zone that holds it'),
  ipv6: z.boolean().default(false),
});

const tlsPolicies = ['TLSv1.2_2019', 'TLSv1.2_2021', 'TLSv1.2_2025', 'TLSv1.3_2025'] as const;

const edge = z.strictObject({
  aliases: z.array(hostName).min(1),
  securityPolicy: z.enum(tlsPolicies).default('TLSv1.2_2021'),
  httpRedirectStatus: z.literal([301, 308]).default(301),
  cachedPath: path.describe('A path whose answers the origin allows to be cached'),
  uncachedPath: path.describe(
    'A path whose answers the origin forbids to cache: probes of origin health use it',
  ),
  privatePath: path.describe('A path whose answer is one viewer’s own'),
  errorCachingSeconds: seconds.default(10),
  maintenance: z.strictObject({
    status: statusCode.default(503),
    contains: z.string().min(1).describe('A text that only the maintenance page holds'),
    pagePath: path,
  }),
});

const rateRule = z.strictObject({
  name: z.string().min(1),
  limit: z.number().int().min(10).max(2_000_000_000),
  windowSeconds: z.literal([60, 120, 300, 600]).default(300),
  blockStatus: statusCode.default(403),
  blockHeader: z
    .strictObject({ name: z.string(), value: z.string() })
    .describe('A header of the custom response: tells this block from an origin’s own 403'),
  lagSeconds: seconds.default(30).describe('How late AWS may be; usually under 30 s (reference §4)'),
});

const waf = z.union([
  z.literal('none'),
  z.strictObject({
    edgeHopHeader: z.string().describe('The request header that the edge’s ACL inserts, as the pod sees it'),
    loadBalancerHopHeader: z.string(),
    rateRule,
    blockedPatterns: z.array(z.string()).default([]),
  }),
]);

const loadBalancer = z.strictObject({
  ingress: z.string().describe('The Ingress that makes the load balancer'),
  securityPolicy: z.string().default('ELBSecurityPolicy-TLS13-1-2-2021-06'),
  httpRedirectStatus: z.literal([301, 302]).default(301),
  idleTimeoutSeconds: seconds.default(60),
  deregistrationDelaySeconds: z.number().nonnegative().default(30),
  healthCheck: z.strictObject({
    path,
    intervalSeconds: z.number().int().min(5).max(300).default(15),
    healthyThreshold: z.number().int().min(2).max(10).default(2),
    unhealthyThreshold: z.number().int().min(2).max(10).default(2),
  }),
});

const workload = z.strictObject({
  namespace: z.string().min(1),
  name: z.string().min(1),
  repository: z.string().min(1),
  tag: z.string().min(1),
  replicas: count.min(1),
  clientAddressIndex: z
    .number()
    .int()
    .default(-2)
    .describe(
      'Which entry of X-Forwarded-For the application takes as the client; -2 behind CloudFront and an ALB',
    ),
  podRecoverySeconds: seconds.default(60),
});

const cluster = z.strictObject({
  name: z.string().min(1),
  version: z.string().default('1.33'),
  nodeType: z.string().default('m5.xlarge'),
  nodesMin: count,
  nodesDesired: count,
  nodesMax: count,
});

const autoscaling = z.union([
  z.literal('none'),
  z.strictObject({
    minReplicas: count.min(1),
    maxReplicas: count.min(1),
    targetCpuPercent: z.number().int().min(1).max(100),
    scaleUpSeconds: seconds.describe('From the start of the load to a ready added replica'),
    stabilizationSeconds: z.number().nonnegative().default(300),
  }),
]);

const databaseSource = z.union([
  z.strictObject({ cidr: z.cidrv4() }),
  z.strictObject({ securityGroup: z.string().min(1).describe('Its ID or its name') }),
]);

const database = z.union([
  z.literal('none'),
  z.strictObject({
    identifier: z.string().min(1),
    engineVersion: z.string().default('18.4'),
    instanceClass: z.string().default('db.m6g.large'),
    port: z.number().int().min(1).max(65_535).default(5432),
    name: z.string().min(1),
    user: z.string().min(1),
    sources: z
      .array(databaseSource)
      .min(1)
      .optional()
      .describe(
        'All who may connect. Absent: the security group <name>-nodes, which the network template gives to nodes',
      ),
    applicationCaVariable: z
      .string()
      .min(1)
      .default('DATABASE_CA_PEM')
      .describe('The workload’s environment variable with the PEM of the authorities that it trusts here'),
    backupRetentionDays: z.number().int().min(1).max(35).default(7).describe('Days, at least'),
    deletionProtection: z.boolean().default(true),
    maxConnections: count.default(100),
    failoverRtoSeconds: seconds.default(120).describe('From the first failed write to the first good one'),
    applicationRtoSeconds: seconds.default(150),
    restoreSeconds: seconds
      .default(3600)
      .describe('From the request to restore to a point in time to the first read of the new instance'),
    endpointTtlSeconds: seconds.default(5),
    objectiveLostWrites: z.literal(0).default(0),
  }),
]);

const telemetry = z.strictObject({
  logs: z.union([
    z.literal('none'),
    z.strictObject({ deliverySeconds: seconds.default(60), duplicates: z.number().min(0).max(1).default(0) }),
  ]),
  traces: z.union([z.literal('none'), z.strictObject({ deliverySeconds: seconds.default(60) })]),
});

const budgets = z.strictObject({
  availability: z
    .number()
    .gt(0)
    .lte(1)
    .default(0.999)
    .describe('Share of users’ requests in the steady state'),
  latencyP99Ms: z.number().positive().default(1500).describe('Wall milliseconds of the steady state'),
  steadySeconds: seconds.default(30).describe('How long the steady state must hold'),
  outageSeconds: seconds.default(180).describe('Longest users’ outage that any check may cause'),
  switchFailedRequests: count.default(0).describe('Requests that an origin switch may lose'),
  recoverySeconds: seconds.default(120).describe('Until users are served after a fault came off'),
});

const waiver = z.strictObject({
  requirement: z.string().min(1),
  owner: z.string().min(1),
  reason: z.string().min(1),
  expires: z.iso.date(),
});

export const deploymentSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'expected lower-case letters, digits and hyphens'),
    environment: z.enum(['development', 'staging', 'production']),
    account: z.string().regex(/^\d{12}$/, 'expected the 12 digits of an AWS account'),
    region: z.string().default('us-east-1'),
    domain,
    steadyState: z.array(probe).min(1),
    edge,
    waf,
    loadBalancer,
    workload,
    cluster,
    autoscaling,
    database,
    telemetry,
    budgets,
    safety: safetySchema,
    waivers: z.array(waiver).default([]),
  })
  .check((context) => {
    const { cluster: nodes, autoscaling: scaling, workload: pods } = context.value;
    const issue = (path: readonly (string | number)[], message: string) =>
      context.issues.push({ code: 'custom', path: [...path], message, input: context.value });
    if (!(nodes.nodesMin <= nodes.nodesDesired && nodes.nodesDesired <= nodes.nodesMax))
      issue(['cluster', 'nodesDesired'], 'expected nodesMin ≤ nodesDesired ≤ nodesMax');
    if (scaling !== 'none' && scaling.minReplicas > scaling.maxReplicas)
      issue(['autoscaling', 'maxReplicas'], 'expected at least minReplicas');
    if (scaling !== 'none' && pods.replicas < scaling.minReplicas)
      issue(['workload', 'replicas'], 'expected at least autoscaling.minReplicas');
  });

export type Deployment = z.output<typeof deploymentSchema>;
export type RateRule = z.output<typeof rateRule>;

/** JSON Schema of the file as its owners write it, for editors. */
export function deploymentJsonSchema(): object {
  return z.toJSONSchema(deploymentSchema, { io: 'input' });
}
