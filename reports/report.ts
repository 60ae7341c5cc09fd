import type { Schedule } from './schedule.ts';
import type { Outcome, Verdict } from './verdict.ts';

/** What stands behind a layer: a cloud, our emulation of it, or nothing that acts. */
export type Fidelity = 'real' | 'emulated' | 'stubbed';
export type LayerName = 'aws' | 'edge' | 'kubernetes' | 'database' | 'telemetry';
export const layerNames: readonly LayerName[] = ['aws', 'edge', 'kubernetes', 'database', 'telemetry'];

/** A run as one value: what every renderer is given. Totals are computed here once (design §7). */
export interface Report {
  readonly schemaVersion: 1;
  readonly runId: string;
  readonly tool: { readonly name: 'stormproof'; readonly version: string; readonly commit?: string };
  readonly deployment: { readonly name: string; readonly environment: string; readonly file: string };
  readonly profile: string;
  readonly seed: number;
  readonly stack: {
    readonly preset: string;
    readonly speed: number;
    readonly fidelity: Readonly<Record<LayerName, Fidelity>>;
  };
  readonly target: TargetIdentity;
  /** UTC, ISO 8601. `finishedAt` is absent when the run was killed. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly plan: readonly PlannedRequirement[];
  readonly verdict: Verdict;
  /** One sentence: verdict, profile, what it is evidence of. */
  readonly headline: string;
  readonly requirements: readonly RequirementResult[];
  readonly faults: readonly FaultRecord[];
  /** Absent when no requirement ran to its end. */
  readonly schedule?: Schedule;
  readonly load: LoadSummary;
  readonly writes: readonly WriteSummary[];
  readonly safety: readonly SafetyNote[];
  readonly waivers: readonly Waiver[];
  readonly integrity: Integrity;
}

export interface TargetIdentity {
  readonly accountId?: string;
  readonly region?: string;
  readonly distributionId?: string;
  readonly distributionEtag?: string;
  readonly loadBalancer?: string;
  readonly image?: string;
}

export interface PlannedRequirement {
  readonly id: string;
  readonly title: string;
  readonly level: 'core' | 'extended';
  readonly area: string;
  readonly layers: readonly LayerName[];
  readonly disrupts: readonly LayerName[];
}

export interface RequirementResult extends PlannedRequirement {
  readonly outcome: Outcome;
  /** Why it is so, in a sentence; absent on a plain pass. */
  readonly reason?: string;
  readonly expected?: string;
  readonly observed?: string;
  /** Wall milliseconds, without the wait for locks. */
  readonly durationMs: number;
  readonly startedAt?: string;
  /** Identifiers of `Report.faults`. */
  readonly faults: readonly string[];
  readonly evidence: readonly Evidence[];
}

export interface Evidence {
  readonly what: string;
  readonly value: unknown;
  readonly at: string;
}

export interface FaultRecord {
  readonly id: string;
  readonly name: string;
  readonly requirement: string;
  readonly target: string;
  readonly requestedAt: string;
  readonly injectedAt?: string;
  readonly provedAt?: string;
  readonly revertedAt?: string;
  readonly provedGoneAt?: string;
  readonly proof?: string;
  /** Why it could not be reverted, or not be proved. */
  readonly problem?: string;
}

export interface LoadSummary {
  readonly streams: readonly StreamSummary[];
  /** The longest time without one success on a stream that users' requests take, in wall milliseconds. */
  readonly longestOutageMs: number;
  /** The deployment's failures. */
  readonly failedRequests: number;
  /** Failed while the prober's own network did: they say nothing of the deployment. */
  readonly unattributedRequests: number;
  readonly requests: number;
  /** What the control streams asked of what no fault touches, and how much of it was not answered. */
  readonly ownNetwork: { readonly requests: number; readonly unreached: number };
}

export interface StreamSummary {
  readonly stream: string;
  readonly requirement: string;
  readonly requests: number;
  readonly failed: number;
  readonly unattributed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestOutageMs: number;
  readonly outages: { readonly count: number; readonly longest: readonly OutageSummary[] };
  /** Times in which too large a share failed, from the report's `startedAt`. */
  readonly errorWindows: readonly {
    readonly fromMs: number;
    readonly toMs: number;
    readonly requests: number;
    readonly failed: number;
    readonly worstShare: number;
  }[];
  /** Timeline in buckets of `bucketMs` wall milliseconds from the report's `startedAt`. */
  readonly bucketMs: number;
  readonly buckets: readonly TrafficBucket[];
}

/** An outage with its bounds (`reports/outage.ts`); wall milliseconds from the report's `startedAt`. */
export interface OutageSummary {
  readonly fromMs: number;
  readonly lengthMs: number;
  readonly atLeastMs: number;
  /** Absent while it is open. */
  readonly atMostMs?: number;
  readonly failed: number;
  readonly open: boolean;
}

export interface TrafficBucket {
  readonly atMs: number;
  readonly ok: number;
  readonly failed: number;
  readonly p99Ms: number;
}

export interface WriteSummary {
  readonly requirement: string;
  readonly acknowledged: number;
  readonly indeterminate: number;
  readonly lost: number;
  readonly repeated: number;
}

export interface SafetyNote {
  readonly at: string;
  readonly kind:
    | 'ignored-environment'
    | 'stop-condition'
    /** `stormproof stop` asked for it. */
    | 'stop-request'
    | 'signal'
    | 'residue'
    | 'recovered'
    | 'note';
  readonly message: string;
}

export interface Waiver {
  readonly requirement: string;
  readonly owner: string;
  readonly reason: string;
  /** ISO date; a waiver stops counting the day after. */
  readonly expires: string;
  readonly expired: boolean;
}

export interface Integrity {
  /** False when the journal ends without its last event: the runner was killed. */
  readonly complete: boolean;
  readonly abortedBy?: string;
  /** Faults with no proof that they are gone. */
  readonly leftInjected: readonly string[];
  readonly journalEvents: number;
  /** Lines of the journal that could not be read (a write torn by the kill). */
  readonly tornLines: number;
  /** Set when the harness itself failed. */
  readonly harnessError?: string;
}
