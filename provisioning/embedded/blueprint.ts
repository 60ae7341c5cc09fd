import { readFileSync } from 'node:fs';
import type { Blueprint } from '../deploy/blueprint.ts';
import { databaseSources, nodesGroup } from '../deployment/database-sources.ts';
import type { Deployment } from '../deployment/schema.ts';

/** What only the stack at hand knows. */
export interface Surroundings {
  readonly speed: number;
  readonly otlpUrl: string;
  readonly databaseCaPem: string;
}

/** From what a deployment promises to what is built for it on the embedded stack. */
export function blueprintOf(
  deployment: Deployment,
  { speed, otlpUrl, databaseCaPem }: Surroundings,
): Blueprint {
  const { name, region, domain, edge, waf, loadBalancer, workload, cluster, autoscaling, database } =
    deployment;
  return {
    name,
    region,
    zones: [`${region}a`, `${region}b`, `${region}c`],
    domain: { name: domain.name, zone: domain.zone, ipv6: domain.ipv6 },
    network: { vpcCidr: '10.0.0.0/16', natGateway: false },
    cluster: {
      name: cluster.name,
      version: cluster.version,
      nodeType: cluster.nodeType,
      nodes: { min: cluster.nodesMin, desired: cluster.nodesDesired, max: cluster.nodesMax },
    },
    database:
      database === 'none'
        ? undefined
        : {
            identifier: database.identifier,
            engineVersion: database.engineVersion,
            instanceClass: database.instanceClass,
            allocatedStorageGib: 100,
            port: database.port,
            name: database.name,
            user: database.user,
            passwordParameter: passwordParameterOf(deployment),
            multiAz: true,
            deletionProtection: database.deletionProtection,
            backupRetentionDays: database.backupRetentionDays,
            sources: sourcesOf(deployment),
            caPem: databaseCaPem,
          },
    edge: {
      securityPolicy: edge.securityPolicy,
      originConnectionAttempts: 3,
      originConnectionTimeoutSeconds: 10,
      originReadTimeoutSeconds: 30,
      errorCachingSeconds: edge.errorCachingSeconds,
      maintenance: {
        bucket: `${name}-maintenance-${deployment.account}`,
        status: edge.maintenance.status,
        pagePath: edge.maintenance.pagePath,
        html: maintenancePage(edge.maintenance.contains),
      },
    },
    waf: waf === 'none' ? undefined : waf,
    loadBalancer: { ...loadBalancer, deletionProtection: true },
    workload: {
      namespace: workload.namespace,
      name: workload.name,
      repository: workload.repository,
      tag: workload.tag,
      imageManifest: imageManifest(workload.tag),
      replicas: workload.replicas,
      minAvailable: Math.max(1, workload.replicas - 1),
      cpuRequest: '100m',
      memoryRequest: '128Mi',
      clientAddressIndex: workload.clientAddressIndex,
      preStopSeconds: 15,
      shutdownSeconds: 20,
      speed,
    },
    autoscaling: autoscaling === 'none' ? undefined : autoscaling,
    telemetry: { retentionDays: 7, otlpEndpoint: otlpUrl },
    load: {
      repository: loadRepository,
      tag: 'current',
      imageManifest: imageManifest('current'),
      bucket: `${name}-load-${deployment.account}`,
    },
    tags: { 'stormproof:deployment': name, 'stormproof:environment': deployment.environment },
  };
}

/** Its image runs the checkout's `fixtures/load/shards/main.ts`. */
export const loadRepository = 'stormproof/load';

export function passwordParameterOf({ name }: Pick<Deployment, 'name'>): string {
  return `/${name}/database/password`;
}

/** Where Linux lets a program come from that asks for no address of its own: the runner, and psql. */
export const runnerSource = '127.0.0.1/32';

function sourcesOf(deployment: Deployment): readonly string[] {
  const { cidrs, securityGroups } = databaseSources(deployment);
  const foreign = securityGroups.filter((group) => group !== nodesGroup(deployment.name));
  if (foreign.length > 0)
    throw new RangeError(
      `Cannot let the security groups ${foreign.join(', ')} into the database: only ${nodesGroup(deployment.name)} is made here`,
    );
  return [...cidrs, runnerSource];
}

function maintenancePage(contains: string): string {
  const page = readFileSync(new URL('./maintenance.html', import.meta.url), 'utf8');
  return page.replace('{{text}}', contains);
}

/** An image index like any; the embedded cluster runs the program of the repository, the digest is the manifest's. */
function imageManifest(tag: string): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      size: 2,
    },
    layers: [],
    annotations: { 'org.opencontainers.image.revision': tag },
  });
}
