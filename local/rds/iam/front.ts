import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls';
import { debuglog } from 'node:util';
import type { IssuedCertificate } from '../../base/certificates.ts';
import type { Endpoint } from '../../base/network.ts';
import { askForPassword, fatal, readFirst, readPassword, take, userOf } from './messages.ts';

export interface FrontOptions {
  readonly listen: Endpoint;
  readonly server: Endpoint;
  /** The server's own socket, where members of rds_iam are trusted. */
  readonly socketPath: string;
  readonly certificate: () => IssuedCertificate;
  readonly caPem: string;
  readonly serverName: string;
  /** How long a client may take to log in. */
  readonly timeoutWallMs: number;
  /** Whether a user logs in by token. */
  usesToken(user: string, signal: AbortSignal): Promise<boolean>;
  accepts(user: string, token: string): boolean;
}

/** What stands before a server whose instance has IAM authentication on. */
export interface Front {
  /** May be called twice. */
  open(): Promise<void>;
  /** Cuts what stands. May be called twice. */
  close(): Promise<void>;
}

/**
 * PostgreSQL as it is shipped has no way to check a token: no PAM, and RADIUS takes 128 characters. So this ends TLS with
 * the server's own certificate, checks the tokens of those who log in by one, and leads them in by the server's private
 * socket. Everybody else goes on to the server over TLS, from the same address and, since the certificate is the same,
 * also with channel binding.
 */
export function createFront(options: FrontOptions): Front {
  const clients = new Set<Socket>();
  let server: Server | undefined;
  let opened: Promise<unknown> | undefined;
  const welcome = (client: Socket): void => {
    clients.add(client);
    const gone = new AbortController();
    client.on('error', () => client.destroy());
    client.once('close', () => {
      clients.delete(client);
      gone.abort(new Error('The client is gone'));
    });
    client.setTimeout(options.timeoutWallMs, () => client.destroy());
    logIn(client, options, gone.signal).then(
      () => client.setTimeout(0),
      (error: unknown) => {
        log('%s: %s', client.remoteAddress, error);
        client.destroy();
      },
    );
  };
  const listen = (): Promise<unknown> => {
    server = createServer({ noDelay: true }, welcome);
    server.listen({ ...options.listen, exclusive: true });
    return once(server, 'listening');
  };
  return {
    open: async () => {
      opened ??= listen();
      await opened;
    },
    close: async () => {
      await opened;
      opened = undefined;
      for (const client of clients) client.destroy();
      server?.close();
    },
  };
}

const log = debuglog('stormproof:rds');

async function logIn(client: Socket, options: FrontOptions, gone: AbortSignal): Promise<void> {
  let first = await readFirst(client, gone);
  if (first.kind === 'gss-request') {
    client.write('N');
    first = await readFirst(client, gone);
  }
  // What is not encrypted is the server's own to refuse, and a request to cancel its own to take.
  if (first.kind !== 'tls-request') return join(client, await dial(client, options), first.bytes);
  const secure = await acceptTls(client, options, gone);
  const { kind, bytes } = await readFirst(secure, gone);
  const user = kind === 'startup' ? userOf(bytes) : '';
  if (!user || !(await options.usesToken(user, gone)))
    return join(secure, await dialTls(client, options, gone), bytes);
  secure.write(askForPassword);
  if (options.accepts(user, await readPassword(secure, gone)))
    return join(secure, connect(options.socketPath), bytes);
  secure.end(fatal(invalidAuthorization, `PAM authentication failed for user "${user}"`));
}

/** PostgreSQL, src/backend/libpq/auth.c, auth_failed: what PAM's refusals have, and what clients of RDS see. */
const invalidAuthorization = '28000';

async function acceptTls(
  client: Socket,
  { certificate }: FrontOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  client.write('S');
  const { certificatePem, chainPem, privateKeyPem } = certificate();
  const secureContext = createSecureContext({
    cert: `${certificatePem.trimEnd()}\n${chainPem.trimEnd()}\n`,
    key: privateKeyPem,
    minVersion: 'TLSv1.2',
  });
  const secure = new TLSSocket(client, { isServer: true, secureContext });
  secure.on('error', () => client.destroy());
  await once(secure, 'secure', { signal });
  return secure;
}

async function dial({ remoteAddress }: Socket, { server }: FrontOptions): Promise<Socket> {
  return connect({ ...server, localAddress: remoteAddress, noDelay: true });
}

async function dialTls(client: Socket, options: FrontOptions, signal: AbortSignal): Promise<Duplex> {
  const socket = await dial(client, options);
  client.once('close', () => socket.destroy());
  socket.write(sslRequest);
  await take(socket, 1, signal);
  const { caPem: ca, serverName: servername } = options;
  const secure = connectTls({ socket, ca, servername });
  await once(secure, 'secureConnect', { signal });
  return secure;
}

const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Both directions, from the client's first message on; the end of either side is the end of the other. */
function join(client: Duplex, server: Duplex, first: Buffer): void {
  server.on('error', () => client.destroy());
  client.on('error', () => server.destroy());
  server.once('close', () => client.destroy());
  client.once('close', () => server.destroy());
  server.write(first);
  client.pipe(server).pipe(client);
}
