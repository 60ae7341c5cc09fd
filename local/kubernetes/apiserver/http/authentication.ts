import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { User } from '../request.ts';
import { statusError } from '../status.ts';

const anonymous: User = { user: 'system:anonymous', groups: ['system:unauthenticated'] };

/** By client certificate (CN the user, O the groups), by bearer token, or nobody. A wrong token is 401. */
export function authenticate(request: IncomingMessage, tokens: Readonly<Record<string, User>>): User {
  const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const found = byCertificate(request.socket as TLSSocket) ?? (token ? byToken(token, tokens) : anonymous);
  if (found === anonymous) return anonymous;
  return { user: found.user, groups: [...new Set([...found.groups, 'system:authenticated'])] };
}

function byCertificate(socket: TLSSocket): User | undefined {
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  if (!subject?.CN) return undefined;
  // Node gives a list when a subject names several organisations.
  const groups = ([] as string[]).concat(subject.O ?? []);
  return { user: String(subject.CN), groups };
}

function byToken(token: string, tokens: Readonly<Record<string, User>>): User {
  const user = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
  if (!user) throw statusError(401, 'Unauthorized', 'Unauthorized');
  return user;
}
