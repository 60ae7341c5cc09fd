import type { PlaneName } from '../local/base/plane-fault.ts';
import type { Fidelity, LayerName } from '../reports/report.ts';

/**
 * A running stack as plain JSON: what `.stormproof/stack.json` holds and what test workers are given (design §2).
 * `attach(descriptor)` turns it into live clients.
 */
export interface StackDescriptor {
  readonly version: 1;
  readonly id: string;
  readonly preset: 'embedded' | 'local' | 'aws';
  readonly speed: number;
  /** Real UTC; with `speed` it gives the stack's elapsed time to any process. */
  readonly startedAt: string;
  readonly seed: number;
  readonly fidelity: Readonly<Record<LayerName, Fidelity>>;
  readonly region: string;
  readonly aws: {
    readonly endpointUrl?: string;
    /** Present on emulated stacks only: made up, and worth nothing elsewhere. */
    readonly accessKeyId?: string;
    readonly secretAccessKey?: string;
  };
  readonly kubernetes: { readonly kubeconfig: string; readonly context?: string };
  readonly dns: { readonly address: string; readonly port: number };
  /** Privileged port → the port it is bound to, where the system does not let us bind the true one. */
  readonly ports: Readonly<Record<number, number>>;
  /** Source addresses that probes may use as viewers; absent where there is only the machine's own. */
  readonly viewers?: readonly string[];
  /** CIDRs that the runner connects from, let in to the database beside the declared sources. */
  readonly runnerSources?: readonly string[];
  /** An HTTP CONNECT proxy through which every probe goes; absent where the prober reaches the deployment directly. */
  readonly uplink?: { readonly host: string; readonly port: number };
  /**
   * What no fault touches and any HTTP answer proves reached: tells the prober's own network from the deployment.
   * Without it every failed request counts against the deployment.
   */
  readonly controlTarget?: { readonly url: string };
  /** PEM of the roots that sign the edge's, the load balancer's and the database's certificates. */
  readonly trust: { readonly web: string; readonly database: string };
  readonly telemetry: { readonly lokiUrl: string; readonly tempoUrl: string; readonly otlpUrl: string };
  /** Where load may come from besides the runner; absent where there is no image for it. */
  readonly shards?: ShardHost;
  /** What standing up made: names a probe cannot know from the deployment file alone. */
  readonly resources: StackResources;
  /** Where the optional capabilities are called; absent on AWS. */
  readonly control?: { readonly url: string; readonly token: string };
  readonly capabilities: readonly Capability[];
  /** Where AWS Fault Injection Service may act: its role, and the service account that its pods get in the cluster. */
  readonly fis?: {
    readonly roleArn: string;
    readonly endpointUrl?: string;
    readonly kubernetesServiceAccount?: string;
  };
  /** Processes and directories that end with the stack: `down` and `doctor` look here. */
  readonly owned: { readonly pid?: number; readonly directory?: string };
}

/** A cluster whose pods send load, the deployment's own or another, and the bucket where they hand it in. */
export interface ShardHost {
  readonly image: string;
  readonly bucket: string;
  readonly namespace: string;
  /** With a role that may read and write the bucket (IRSA); absent where the endpoint checks nobody. */
  readonly serviceAccount?: string;
  /** Another cluster than the deployment's. */
  readonly kubernetes?: StackDescriptor['kubernetes'];
  /** What pods reach elsewhere than the runner does. */
  readonly fromPods?: {
    readonly awsEndpointUrl?: string;
    readonly dns?: StackDescriptor['dns'];
    readonly ports?: StackDescriptor['ports'];
    readonly controlTarget?: StackDescriptor['controlTarget'];
  };
}

export interface StackResources {
  readonly accountId: string;
  readonly distributionId: string;
  readonly distributionDomainName: string;
  readonly loadBalancerArn: string;
  readonly loadBalancerDnsName: string;
  readonly edgeWebAclArn?: string;
  readonly databaseEndpoint: string;
  readonly databasePort: number;
  readonly databaseUser: string;
  readonly databaseName: string;
  /** Name of the SSM parameter that holds the password: the descriptor itself holds no secret of the deployment. */
  readonly databasePasswordParameter: string;
  readonly image: string;
}

export type Capability =
  | 'defects'
  | 'pods-as-processes'
  | 'failover'
  /** The limit of open files of a pod's processes can be changed. */
  | 'pod-open-files'
  /** A database server's storage is a file system of its own, which can be full. */
  | 'database-volumes'
  /** The control endpoint breaks this plane. */
  | `break-${PlaneName}`;
