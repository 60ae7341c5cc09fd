import type { PortTable } from '../base/loopback.ts';

/** What a small cloud is started with: plain data, it comes from another process. */
export interface SmallCloudOptions {
  readonly speed: number;
  readonly seed: number;
  readonly accountId: string;
  /** Access key → its secret: what signatures that are checked are checked with. */
  readonly accessKeys: Readonly<Record<string, string>>;
  readonly region: string;
  readonly clusterName: string;
  readonly kubernetesVersion: string;
  readonly nodes: { readonly count: number; readonly instanceType: string };
  /** Image repository → what its images run; the registry decides whether a tag exists. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  /** Public image, by its reference without tag → what it runs. No registry of the account need hold it. */
  readonly publicPrograms?: Readonly<Record<string, readonly string[]>>;
  /** CloudWatch Logs group that the log agent writes to. */
  readonly logGroupName: string;
  /** Owned by the cloud: it goes with it. */
  readonly directory: string;
}

/** Where a running small cloud is reached: plain data. */
export interface SmallCloudAddresses {
  readonly pid: number;
  readonly startedAt: string;
  readonly ports: PortTable;
  readonly awsEndpointUrl: string;
  readonly dns: { readonly address: string; readonly port: number };
  readonly kubernetes: { readonly url: string; readonly caPem: string; readonly token: string };
  readonly control: { readonly url: string; readonly token: string };
  readonly telemetry: { readonly lokiUrl: string; readonly tempoUrl: string; readonly otlpUrl: string };
  readonly trust: { readonly web: string; readonly database: string };
  readonly viewers: readonly string[];
  /** Whether a database server stores its data on a file system of its own. */
  readonly databaseVolumes: boolean;
}
