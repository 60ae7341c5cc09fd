/** A request's head: reads have no body. */
export interface StorageRequest {
  readonly method: string;
  /** In lower case, without its port. */
  readonly host: string;
  /** Still percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secure: boolean;
  /** Set when a distribution of ours signed the request. */
  readonly oac: OacAuthorization | undefined;
  readonly requestId: string;
}

export interface OacAuthorization {
  readonly distributionArn: string;
  readonly accountId: string;
}

export interface StorageResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
