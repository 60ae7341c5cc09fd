import type { Duplex, Readable } from 'node:stream';
import type { HeaderList } from './headers.ts';

/** One request of a viewer and the way to answer it, whatever the version of HTTP. */
export interface Viewer {
  readonly method: string;
  /** As sent, not decoded. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** The authority without its port, in lower case; '' where there is none. */
  readonly host: string;
  readonly headers: HeaderList;
  readonly httpVersion: '1.0' | '1.1' | '2.0';
  readonly scheme: 'http' | 'https';
  readonly address: string;
  readonly port: number;
  /** The edge address that the viewer connected to. */
  readonly edgeAddress: string;
  readonly tls:
    | { readonly serverName: string; readonly protocol: string; readonly cipher: string }
    | undefined;
  /** Undefined where the request has none. */
  readonly body: Readable | undefined;
  /** The connection, of a request that asks for another protocol on it. */
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | undefined;
  readonly closed: boolean;
  /** The joined value of a header; the name in lower case. */
  header(name: string): string | undefined;
  respond(status: number, headers: HeaderList): void;
  /** False: full, until `onDrain`. */
  write(chunk: Buffer): boolean;
  end(chunk?: Buffer): void;
  /** Breaks the answer off so that nobody takes it for whole. */
  abort(): void;
  onDrain(listener: () => void): void;
  /** The viewer left before it had the whole answer. */
  onGone(listener: () => void): void;
}

export function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

export function hostName(authority: string | undefined): string {
  return (authority ?? '').replace(/:\d*$/, '').toLowerCase();
}
