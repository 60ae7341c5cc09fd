import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { CertificateAuthority } from '../../base/certificates.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubernetesApi } from '../api.ts';
import { apiOf, controllerManager, createState } from './create-api.ts';
import type { AccessRules } from './http/authorization.ts';
import type { ServerContext } from './http/call.ts';
import { handle } from './http/handle.ts';
import { createPager } from './http/list.ts';
import type { PodBackend } from './pod-backend.ts';
import type { AdmissionHook, User } from './request.ts';

export interface ApiServerOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Issues the server's certificate, and the client certificates that it accepts. */
  readonly authority: CertificateAuthority;
  /** Bearer token → who holds it. */
  readonly tokens: Readonly<Record<string, User>>;
  /** What groups may do beside the roles that every cluster has; `system:masters` may do everything. */
  readonly access?: AccessRules;
  readonly admit?: readonly AdmissionHook[];
  readonly signal: AbortSignal;
}

export interface ApiServer extends AsyncDisposable {
  /** The door for controllers in this process, as `kube-controller-manager`. */
  readonly api: KubernetesApi;
  /** The same as another component, which then owns the fields that it writes. */
  apiAs(user: User, fieldManager: string): KubernetesApi;
  readonly url: string;
  readonly caPem: string;
  /** Gives the server its kubelets; until then pods have no logs and no metrics. */
  setPodBackend(backend: PodBackend): void;
}

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { host, port, clock, random, authority, tokens, access = {}, admit, signal } = options;
  const end = new AbortController();
  const state = createState({ clock, random, admit, signal: AbortSignal.any([end.signal, signal]) });
  let backend: PodBackend | undefined;
  const context: Omit<ServerContext, 'address'> = {
    state,
    pager: createPager(state.store),
    access,
    backend: () => backend,
    signal: AbortSignal.any([end.signal, signal]),
  };
  const certificate = await authority.issue({ names: [...serverNames], addresses: [host, '10.100.0.1'] });
  const sockets = new Set<Socket>();
  const server = createServer({
    key: certificate.privateKeyPem,
    cert: `${certificate.certificatePem}\n${certificate.chainPem}`,
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  });
  // As Go's server in kube-apiserver: longer than any client keeps an idle connection.
  server.keepAliveTimeout = idleTimeoutWallMs;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = `${host}:${(server.address() as AddressInfo).port}`;
  server.on('request', (http, response) => void handle({ ...context, address }, tokens, http, response));
  return {
    api: apiOf(state, controllerManager, 'kube-controller-manager'),
    apiAs: (user, fieldManager) => apiOf(state, user, fieldManager),
    url: `https://${address}`,
    caPem: authority.certificatePem,
    setPodBackend: (given) => {
      backend = given;
    },
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

const idleTimeoutWallMs = 90_000;

const serverNames = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  'localhost',
] as const;
