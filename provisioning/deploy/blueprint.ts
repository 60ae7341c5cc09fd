/**
 * What standing up needs to know of a deployment: the part of the deployment file that is built, not judged, with what
 * only the stack at hand knows. Names are final; nothing here has a default.
 */
export interface Blueprint {
  /** Prefix of stacks and of what they own. */
  readonly name: string;
  readonly region: string;
  readonly zones: readonly [string, string, string];
  readonly domain: {
    readonly name: string;
    /** Name of the hosted zone that is made when `hostedZoneId` is absent. */
    readonly zone: string;
    readonly hostedZoneId?: string;
    readonly ipv6: boolean;
  };
  readonly network: { readonly vpcCidr: string; readonly natGateway: boolean };
  readonly cluster: {
    readonly name: string;
    readonly version: string;
    readonly nodeType: string;
    readonly nodes: { readonly min: number; readonly desired: number; readonly max: number };
  };
  readonly database?: DatabaseBlueprint;
  readonly edge: EdgeBlueprint;
  /** Absent: neither the distribution nor the load balancer has a web ACL. */
  readonly waf?: WafBlueprint;
  readonly loadBalancer: LoadBalancerBlueprint;
  readonly workload: WorkloadBlueprint;
  readonly autoscaling?: {
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly targetCpuPercent: number;
    readonly stabilizationSeconds: number;
  };
  readonly telemetry: { readonly retentionDays: number; readonly otlpEndpoint?: string };
  /** Absent: load comes from the runner alone. */
  readonly load?: LoadBlueprint;
  /** Put on every stack, and by it on what can be tagged. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface DatabaseBlueprint {
  readonly identifier: string;
  readonly engineVersion: string;
  readonly instanceClass: string;
  readonly allocatedStorageGib: number;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  /** Name of the SecureString that holds the password; made with a random one when it is absent. */
  readonly passwordParameter: string;
  readonly multiAz: boolean;
  readonly deletionProtection: boolean;
  readonly backupRetentionDays: number;
  /** CIDRs that may connect beside the nodes, three at most. */
  readonly sources: readonly string[];
  /** PEM of the authorities that sign the database's certificate. */
  readonly caPem: string;
}

export interface EdgeBlueprint {
  readonly securityPolicy: string;
  readonly originConnectionAttempts: number;
  readonly originConnectionTimeoutSeconds: number;
  readonly originReadTimeoutSeconds: number;
  readonly errorCachingSeconds: number;
  readonly maintenance: {
    readonly bucket: string;
    readonly status: number;
    /** For example `/maintenance/index.html`; its directory becomes a behaviour of its own. */
    readonly pagePath: string;
    readonly html: string;
  };
}

export interface WafBlueprint {
  /** Full names of the request headers as the workload sees them: they begin with `x-amzn-waf-`. */
  readonly edgeHopHeader: string;
  readonly loadBalancerHopHeader: string;
  readonly rateRule: {
    readonly name: string;
    readonly limit: number;
    readonly windowSeconds: number;
    readonly blockStatus: number;
    readonly blockHeader: { readonly name: string; readonly value: string };
  };
  /** Literal texts that neither path nor query may hold, in any case of letters. */
  readonly blockedPatterns: readonly string[];
}

export interface LoadBalancerBlueprint {
  readonly ingress: string;
  readonly securityPolicy: string;
  readonly idleTimeoutSeconds: number;
  readonly deregistrationDelaySeconds: number;
  readonly deletionProtection: boolean;
  readonly healthCheck: {
    readonly path: string;
    readonly intervalSeconds: number;
    readonly healthyThreshold: number;
    readonly unhealthyThreshold: number;
  };
}

export interface ImageBlueprint {
  readonly repository: string;
  readonly tag: string;
  /** What is registered under the tag when the registry has no such image; absent where only CI may push. */
  readonly imageManifest?: string;
}

/** What load from pods needs (`fixtures/load/shards`). */
export interface LoadBlueprint extends ImageBlueprint {
  /** Where its pods hand in what they saw. */
  readonly bucket: string;
}

export interface WorkloadBlueprint extends ImageBlueprint {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly minAvailable: number;
  readonly cpuRequest: string;
  readonly memoryRequest: string;
  readonly clientAddressIndex: number;
  /** How long a pod that ends goes on serving before it is told to stop. */
  readonly preStopSeconds: number;
  readonly shutdownSeconds: number;
  /** How many times faster than the wall the stack's durations run. */
  readonly speed: number;
}
