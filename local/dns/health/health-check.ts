import type { HealthCheckRegion } from '@aws-sdk/client-route-53';

/** A health check as Route 53 describes it, of an endpoint. */
export interface HealthCheck {
  readonly id: string;
  readonly protocol: 'http' | 'https' | 'tcp';
  /** An address, or a name that is asked for at each attempt. */
  readonly endpoint: { readonly address: string } | { readonly name: string };
  readonly port: number;
  /** What the Host header says, and with `sendsName` the TLS handshake. */
  readonly host: string;
  readonly sendsName: boolean;
  readonly path: string;
  /** The text that the beginning of the body must hold. */
  readonly search?: string | undefined;
  readonly intervalMs: number;
  /** How many attempts in a row change a checker's mind. */
  readonly threshold: number;
  readonly inverted: boolean;
  /** Nobody asks, and it counts as healthy. */
  readonly disabled: boolean;
}

/** What one checker saw last. */
export interface Observation {
  readonly region: HealthCheckRegion;
  readonly address: string;
  /** As GetHealthCheckStatus words it. */
  readonly status: string;
  readonly at: Date;
}
