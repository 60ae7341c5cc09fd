/** What the load balancer tells a firewall of a request. */
export interface InspectionRequest {
  readonly webAclArn: string;
  readonly clientIp: string;
  readonly method: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly headers: readonly (readonly [string, string])[];
  /** More than 8 KB when there is more than that. */
  readonly body?: Buffer;
  readonly requestId?: string;
  readonly httpVersion?: string;
}

export type Inspection =
  | { readonly action: 'allow'; readonly insertHeaders: readonly (readonly [string, string])[] }
  | {
      readonly action: 'block';
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly body?: Buffer;
      readonly custom: boolean;
      readonly rule: string;
    };

/** A rejection is a firewall that cannot decide: 500, or open where the load balancer says so. */
export type Inspect = (request: InspectionRequest) => Promise<Inspection>;
