/**
 * What can be broken inside the planes of a small cloud, as plain data: it crosses the control endpoint. A fault of a
 * plane is known by an identifier of its caller, so that breaking and mending it twice is the same as once.
 */
export type PlaneFault =
  | NetworkFault
  | DnsFault
  | ApiFault
  | TelemetryFault
  | PodFault
  | NodeFault
  | DatabaseFault;

export type PlaneName = PlaneFault['plane'];

/** A plane that can be broken. Both calls resolve when the change is in force, and may be made twice. */
export interface Breakable<Fault extends PlaneFault> {
  break(id: string, fault: Fault): Promise<void>;
  /** Succeeds when nothing of that identifier is broken. */
  mend(id: string): Promise<void>;
}

/** Where one part of the deployment talks to another over TCP. */
export const hops = [
  'edge-to-load-balancer',
  'edge-to-storage',
  'load-balancer-to-pods',
  'pods-to-database',
  'primary-to-standby',
] as const;
export type Hop = (typeof hops)[number];

export interface NetworkFault {
  readonly plane: 'network';
  readonly hop: Hop;
  /** Only connections to these addresses, as clients dial them; all of the hop when absent. */
  readonly addresses?: readonly string[];
  readonly effect: NetworkEffect;
}

/**
 * Times and rates are of the wall: latency is never accelerated (design §4). It is a connection's bytes that they meet,
 * and its end: the handshake is the kernel's, and takes no time. Several at once add up; the lowest rate rules. What
 * `cut`, `half-open` and `hang` hold back arrives when they are mended, as TCP retransmits, unless one side gave up.
 */
export type NetworkEffect =
  /** Each chunk is held for latency ± jitter, in order, in either direction. */
  | { readonly kind: 'latency'; readonly latencyWallMs: number; readonly jitterWallMs: number }
  | { readonly kind: 'bandwidth'; readonly bytesPerWallSecond: number }
  /**
   * Nothing arrives in either direction and nobody is told; a connection attempt is never answered, not even after
   * mending: it ends by its maker's own limit. Hops to the database accept it and say nothing: their relays listen.
   */
  | { readonly kind: 'cut' }
  /** What the server says is lost and nobody is told; what the client says arrives, on new connections too. */
  | { readonly kind: 'half-open' }
  /** Connections end with RST, those that stand at once, new ones as soon as they carry data. */
  | { readonly kind: 'reset' }
  /** Connections that stand live on; new ones are refused. */
  | { readonly kind: 'refuse' }
  /** Connections are accepted and never answered. */
  | { readonly kind: 'hang' };

export interface DnsFault {
  readonly plane: 'dns';
  /** This name and all below it. */
  readonly name: string;
  readonly effect: DnsEffect;
}

export type DnsEffect =
  | { readonly kind: 'nxdomain' }
  | { readonly kind: 'servfail' }
  | { readonly kind: 'slow'; readonly delayWallMs: number }
  /** Answers of the moment when it began, whatever changes. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'wrong-answer'; readonly address: string }
  /** This share of the answers over UDP is lost. */
  | { readonly kind: 'loss'; readonly share: number };

/** Calls of an AWS service fail as AWS fails: with its own errors, over its own protocol. */
export interface ApiFault {
  readonly plane: 'aws-api';
  /** Its endpoint prefix: `s3`, `ssm`, `ec2`. S3 objects over the storage listener count as `s3`. */
  readonly service: string;
  readonly effect:
    | { readonly kind: 'error' }
    | { readonly kind: 'throttling' }
    | { readonly kind: 'latency'; readonly latencyWallMs: number };
}

export interface TelemetryFault {
  readonly plane: 'telemetry';
  readonly signal: 'logs' | 'traces';
  /** `down`: connections are refused. `backlog`: what comes in is taken and cannot be queried until it is mended. */
  readonly effect: 'down' | 'backlog';
}

export interface PodFault {
  readonly plane: 'pods';
  readonly namespace: string;
  readonly pod: string;
  readonly effect: PodEffect;
}

export type PodEffect =
  /** SIGKILL to every process; happens once, there is nothing to mend. */
  | { readonly kind: 'kill' }
  /** Its processes are stopped where they are; they hold their connections and answer nothing. */
  | { readonly kind: 'hang' }
  /** Processes beside its own burn so many CPUs, accounted to it. */
  | { readonly kind: 'cpu-stress'; readonly cpus: number }
  /** A process beside its own holds so much memory, accounted to it and counted against its limit. */
  | { readonly kind: 'memory-stress'; readonly bytes: number }
  /** Its processes may open no more files than they have open. */
  | { readonly kind: 'file-descriptors' };

/** Nodes lose power: their pods die, they answer nothing and report nothing, until they are mended and boot again. */
export interface NodeFault {
  readonly plane: 'nodes';
  readonly nodes: readonly string[];
}

export interface DatabaseFault {
  readonly plane: 'database';
  readonly identifier: string;
  /**
   * `kill-primary`: SIGKILL to the whole server; happens once. `freeze-primary`: it stands still until it is mended.
   * `fill-primary-disk`: its file system has no space left until it is mended.
   */
  readonly effect: 'kill-primary' | 'freeze-primary' | 'fill-primary-disk';
}
