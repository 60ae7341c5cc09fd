import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubernetesApi } from '../api.ts';
import type { EventRecorder } from '../events.ts';

export interface NodeSpec {
  readonly name: string;
  readonly zone: string;
  /** Where the node's own connections come from: probes. */
  readonly address: string;
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly instanceType: string;
}

/** What a registry knows of a reference. */
export interface Image {
  /** `sha256:…` */
  readonly digest: string;
  /** Entry point and arguments: `['node', '/path/server.ts']`. */
  readonly command: readonly string[];
}

export interface PodLogLine {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly line: string;
  readonly time: Date;
}

/** What the kubelet needs of the rest of the cloud. */
export interface KubeletPorts {
  /** A free address of the zone's pod network; given back when the pod's processes are gone. */
  allocatePodAddress(zone: string): string | Promise<string>;
  releasePodAddress(address: string): void;
  /** Undefined when the registry does not have it. */
  resolveImage(reference: string): Promise<Image | undefined>;
  onLogLine(line: PodLogLine): void;
  readonly dnsServer: { readonly address: string; readonly port: number };
  /** For the registry that ends processes whose owner died. */
  onProcess?(pid: number): void;
  onProcessExit?(pid: number): void;
}

/** What one node's pods and containers share. */
export interface NodeContext {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly ports: KubeletPorts;
  readonly node: NodeSpec;
  readonly events: EventRecorder;
  /** Images that the node has: IfNotPresent does not ask the registry again. */
  readonly images: Map<string, Image>;
}
