import { createHash } from 'node:crypto';
import type { Blueprint } from './blueprint.ts';

type Outputs = Readonly<Record<string, string>>;

/** What the manifests are told of the other layers. */
export interface ManifestSources {
  readonly image: string;
  /** Outputs of the stacks of the same names. */
  readonly network: Outputs;
  readonly ingress: Outputs;
  readonly database: Outputs;
  readonly databasePassword: string;
}

export function ingressParameters(
  blueprint: Blueprint,
  { network, ingress }: Pick<ManifestSources, 'network' | 'ingress'>,
): Record<string, string> {
  const { loadBalancer } = blueprint;
  return {
    ...names(blueprint),
    INGRESS: loadBalancer.ingress,
    CERTIFICATE_ARN: ingress.CertificateArn ?? '',
    WEB_ACL_ARN: ingress.WebAclArn ?? '',
    SECURITY_GROUP_ID: network.LoadBalancerSecurityGroupId ?? '',
    SSL_POLICY: loadBalancer.securityPolicy,
    IDLE_TIMEOUT_SECONDS: String(loadBalancer.idleTimeoutSeconds),
    DEREGISTRATION_DELAY_SECONDS: String(loadBalancer.deregistrationDelaySeconds),
    HEALTH_PATH: loadBalancer.healthCheck.path,
    HEALTH_INTERVAL_SECONDS: String(loadBalancer.healthCheck.intervalSeconds),
    HEALTHY_THRESHOLD: String(loadBalancer.healthCheck.healthyThreshold),
    UNHEALTHY_THRESHOLD: String(loadBalancer.healthCheck.unhealthyThreshold),
    DELETION_PROTECTION: String(loadBalancer.deletionProtection),
  };
}

export function configurationParameters(
  blueprint: Blueprint,
  { database, databasePassword }: Pick<ManifestSources, 'database' | 'databasePassword'>,
): Record<string, string> {
  const { workload, loadBalancer, telemetry } = blueprint;
  return {
    ...names(blueprint),
    DATABASE_HOST: database.Host ?? '',
    DATABASE_PORT: database.Port ?? '',
    DATABASE_USER: blueprint.database?.user ?? '',
    DATABASE_NAME: blueprint.database?.name ?? '',
    DATABASE_CA_PEM: blueprint.database?.caPem ?? '',
    DATABASE_PASSWORD_BASE64: Buffer.from(databasePassword).toString('base64'),
    OTLP_ENDPOINT: telemetry.otlpEndpoint ?? '',
    CLIENT_ADDRESS_INDEX: String(workload.clientAddressIndex),
    // Longer than the load balancer's idle timeout, or it reuses connections that are just being closed (502).
    KEEP_ALIVE_SECONDS: String(loadBalancer.idleTimeoutSeconds + 15),
    SHUTDOWN_SECONDS: String(workload.shutdownSeconds),
    SPEED: String(workload.speed),
  };
}

export function workloadParameters(
  blueprint: Blueprint,
  { image, ...sources }: Pick<ManifestSources, 'image' | 'database' | 'databasePassword'>,
): Record<string, string> {
  const { workload, autoscaling, loadBalancer } = blueprint;
  const configuration = JSON.stringify(configurationParameters(blueprint, sources));
  return {
    ...names(blueprint),
    IMAGE: image,
    RELEASE: releaseName(workload.tag),
    CONFIGURATION_HASH: createHash('sha256').update(configuration).digest('hex').slice(0, 16),
    CPU_REQUEST: workload.cpuRequest,
    MEMORY_REQUEST: workload.memoryRequest,
    HEALTH_PATH: loadBalancer.healthCheck.path,
    PRE_STOP_SECONDS: String(workload.preStopSeconds),
    GRACE_SECONDS: String(workload.preStopSeconds + workload.shutdownSeconds + 10),
    MIN_AVAILABLE: String(workload.minAvailable),
    MIN_REPLICAS: String(autoscaling?.minReplicas ?? workload.replicas),
    MAX_REPLICAS: String(autoscaling?.maxReplicas ?? workload.replicas),
    TARGET_CPU_PERCENT: String(autoscaling?.targetCpuPercent ?? 100),
    STABILIZATION_SECONDS: String(autoscaling?.stabilizationSeconds ?? 300),
  };
}

export function migratorName({ workload }: Blueprint): string {
  return `${workload.name}-migrator-${releaseName(workload.tag)}`;
}

function names({ workload }: Blueprint): { NAMESPACE: string; NAME: string } {
  return { NAMESPACE: workload.namespace, NAME: workload.name };
}

/** An image tag may hold what the name of a Job may not. */
function releaseName(tag: string): string {
  return tag.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
}
