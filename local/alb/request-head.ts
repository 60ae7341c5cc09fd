/** What rules and headers are decided by. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** As the viewer sent it, with a port if it named one. */
  readonly host: string;
  /** In order, with the viewer's spelling; HTTP/2's pseudo-headers are gone and Host is among them. */
  readonly headers: readonly (readonly [string, string])[];
  readonly clientIp: string;
  readonly clientPort: number;
  readonly scheme: 'http' | 'https';
  /** The listener's true port. */
  readonly listenerPort: number;
  readonly httpVersion: '1.0' | '1.1' | '2.0';
}

export function valuesOf({ headers }: Pick<RequestHead, 'headers'>, name: string): string[] {
  return headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

/** The host without its port. */
export function hostName({ host }: Pick<RequestHead, 'host'>): string {
  return host.replace(/:\d+$/, '');
}

/** Splits a request target, absolute or not, without decoding anything. */
export function splitTarget(target: string): { path: string; query: string } {
  const relative = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*(.*)$/i.exec(target)?.[1] ?? target;
  const at = relative.indexOf('?');
  const path = at < 0 ? relative : relative.slice(0, at);
  return { path: path || '/', query: at < 0 ? '' : relative.slice(at + 1) };
}
