/** One request, as an access log line tells it (ELB User Guide, "Access log entries"). */
export interface AccessRecord {
  /** When the response was over. */
  readonly time: Date;
  readonly loadBalancerArn: string;
  readonly listenerPort: number;
  readonly client: string;
  /** Absent when the request was sent to none. */
  readonly target?: string;
  readonly elbStatusCode: number;
  /** Absent when no target answered: the load balancer did. */
  readonly targetStatusCode?: number;
  readonly request: string;
  readonly traceId: string;
}
