/** What a firewall sees of a request. Bytes are kept as they came: `path` and `query` are not decoded. */
export interface InspectionRequest {
  readonly webAclArn: string;
  /** The address of the TCP peer, never a forwarded one. */
  readonly clientIp: string;
  readonly method: string;
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
  readonly headers: readonly (readonly [string, string])[];
  /** At least as much of the body as the web ACL inspects, and one byte more when there is more. */
  readonly body?: Buffer;
  /** Only for the log. */
  readonly requestId?: string;
  readonly httpVersion?: string;
}

/** What has to be done with the request. */
export type Inspection =
  | {
      readonly action: 'allow';
      /** To be set on the request; a header of that name that the client sent is replaced. */
      readonly insertHeaders: readonly (readonly [string, string])[];
    }
  | {
      readonly action: 'block';
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly body?: Buffer;
      /** A custom response wins over the error pages of the resource that the web ACL protects. */
      readonly custom: boolean;
      /** The rule that decided, or `Default_Action`. */
      readonly rule: string;
    };

export function headerValues(request: InspectionRequest, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return request.headers.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
}

/** Name and value of each cookie, in order. */
export function cookiePairs(request: InspectionRequest): readonly (readonly [string, string])[] {
  return headerValues(request, 'cookie').flatMap((line) =>
    line
      .split(';')
      .map((part) => splitOnce(part.trim(), '='))
      .filter(([name]) => name !== ''),
  );
}

/** Name and value of each query argument, not decoded. */
export function queryPairs(request: InspectionRequest): readonly (readonly [string, string])[] {
  if (request.query === '') return [];
  return request.query.split('&').map((part) => splitOnce(part, '='));
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
