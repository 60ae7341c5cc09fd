import { readFile } from 'node:fs/promises';
import type { Blueprint, DatabaseBlueprint, LoadBlueprint } from './blueprint.ts';

export const templateNames = [
  'zone',
  'network',
  'registry',
  'cluster',
  'database',
  'ingress',
  'edge',
  'alias',
  'telemetry',
  'load',
] as const;
export type TemplateName = (typeof templateNames)[number];

export function readTemplateText(name: TemplateName): Promise<string> {
  return readFile(new URL(`../templates/${name}.yaml`, import.meta.url), 'utf8');
}

type Parameters = Record<string, string>;
type Outputs = Readonly<Record<string, string>>;

/** What each template is told. Outputs of other stacks come in as arguments: who needs whom is in the signatures. */
export const templateParameters = {
  zone: ({ domain }: Blueprint): Parameters => ({ DomainName: domain.zone }),

  network: (blueprint: Blueprint, prefixListId: string): Parameters => ({
    Name: blueprint.name,
    ClusterName: blueprint.cluster.name,
    VpcCidr: blueprint.network.vpcCidr,
    Zones: blueprint.zones.join(','),
    NatGateway: String(blueprint.network.natGateway),
    CloudFrontPrefixListId: prefixListId,
    DatabasePort: String(blueprint.database?.port ?? 5432),
    ...databaseSources(blueprint.database?.sources ?? []),
  }),

  registry: ({ workload }: Blueprint): Parameters => ({ RepositoryName: workload.repository }),

  cluster: ({ cluster }: Blueprint, network: Outputs): Parameters => ({
    ClusterName: cluster.name,
    KubernetesVersion: cluster.version,
    SubnetIds: network.PrivateSubnetIds ?? '',
    NodesSecurityGroupId: network.NodesSecurityGroupId ?? '',
    InstanceType: cluster.nodeType,
    MinNodes: String(cluster.nodes.min),
    MaxNodes: String(cluster.nodes.max),
    DesiredNodes: String(cluster.nodes.desired),
  }),

  database: ({ name }: Blueprint, database: DatabaseBlueprint, network: Outputs): Parameters => ({
    Identifier: database.identifier,
    EngineVersion: database.engineVersion,
    ParameterGroupFamily: `postgres${database.engineVersion.split('.')[0]}`,
    InstanceClass: database.instanceClass,
    AllocatedStorage: String(database.allocatedStorageGib),
    DatabaseName: database.name,
    Port: String(database.port),
    MasterUsername: database.user,
    PasswordParameter: database.passwordParameter,
    ParameterPrefix: `/${name}/database`,
    SubnetIds: network.PrivateSubnetIds ?? '',
    SecurityGroupId: network.DatabaseSecurityGroupId ?? '',
    MultiAz: String(database.multiAz),
    DeletionProtection: String(database.deletionProtection),
    BackupRetentionDays: String(database.backupRetentionDays),
  }),

  ingress: (blueprint: Blueprint, hostedZoneId: string): Parameters => ({
    Name: blueprint.name,
    DomainName: blueprint.domain.name,
    HostedZoneId: hostedZoneId,
    ...webAcl(blueprint, blueprint.waf?.loadBalancerHopHeader),
  }),

  edge: (blueprint: Blueprint, hostedZoneId: string, originDomainName: string): Parameters => ({
    Name: blueprint.name,
    DomainName: blueprint.domain.name,
    HostedZoneId: hostedZoneId,
    OriginDomainName: originDomainName,
    Ipv6: String(blueprint.domain.ipv6),
    MinimumProtocolVersion: blueprint.edge.securityPolicy,
    OriginConnectionAttempts: String(blueprint.edge.originConnectionAttempts),
    OriginConnectionTimeoutSeconds: String(blueprint.edge.originConnectionTimeoutSeconds),
    OriginReadTimeoutSeconds: String(blueprint.edge.originReadTimeoutSeconds),
    ErrorCachingSeconds: String(blueprint.edge.errorCachingSeconds),
    ...maintenance(blueprint),
    ...webAcl(blueprint, blueprint.waf?.edgeHopHeader),
    ...rateRule(blueprint),
  }),

  alias: ({ domain }: Blueprint, hostedZoneId: string, edge: Outputs): Parameters => ({
    DomainName: domain.name,
    HostedZoneId: hostedZoneId,
    DistributionDomainName: edge.DistributionDomainName ?? '',
    Ipv6: String(domain.ipv6),
  }),

  telemetry: ({ name, cluster, database, telemetry }: Blueprint): Parameters => ({
    Name: name,
    ClusterName: cluster.name,
    DatabaseIdentifier: database?.identifier ?? 'none',
    RetentionDays: String(telemetry.retentionDays),
  }),

  load: ({ repository, bucket }: LoadBlueprint): Parameters => ({
    RepositoryName: repository,
    BucketName: bucket,
  }),
};

function databaseSources(sources: readonly string[]): Parameters {
  const names = ['DatabaseSourceA', 'DatabaseSourceB', 'DatabaseSourceC'];
  if (sources.length > names.length)
    throw new RangeError(
      `Cannot let ${sources.length} sources into the database: expected ${names.length} at most, join their CIDRs`,
    );
  return Object.fromEntries(sources.map((source, index) => [names[index], source]));
}

function maintenance({ edge: { maintenance } }: Blueprint): Parameters {
  const directory = maintenance.pagePath.slice(0, maintenance.pagePath.lastIndexOf('/'));
  return {
    MaintenanceBucketName: maintenance.bucket,
    MaintenancePage: maintenance.pagePath,
    MaintenancePath: `${directory}/*`,
    MaintenanceStatus: String(maintenance.status),
  };
}

function webAcl({ waf }: Blueprint, hopHeader: string | undefined): Parameters {
  if (!waf || hopHeader === undefined) return { WebAclWanted: 'false' };
  return {
    WebAclWanted: 'true',
    ProofHeader: insertedName(hopHeader),
    BlockedPattern: waf.blockedPatterns.map((text) => literal(text.toLowerCase())).join('|'),
  };
}

/** WAF itself puts this before the name of every header that a rule inserts. */
function insertedName(header: string): string {
  const prefix = 'x-amzn-waf-';
  if (header.startsWith(prefix)) return header.slice(prefix.length);
  throw new RangeError(`Cannot insert the header "${header}": expected a name that begins with "${prefix}"`);
}

function rateRule({ waf }: Blueprint): Parameters {
  if (!waf) return {};
  const { name, limit, windowSeconds, blockStatus, blockHeader } = waf.rateRule;
  return {
    RateRuleName: name,
    RateLimit: String(limit),
    RateWindowSeconds: String(windowSeconds),
    RateLimitStatus: String(blockStatus),
    RateLimitHeaderName: blockHeader.name,
    RateLimitHeaderValue: blockHeader.value,
  };
}

/** As a regular expression that matches just this text. */
function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
