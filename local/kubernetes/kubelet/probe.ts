import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { V1Container, V1HTTPGetAction, V1Probe, V1TCPSocketAction } from '@kubernetes/client-node';

export interface ProbeTarget {
  readonly container: V1Container;
  readonly podIP: string;
  /** Probes come from the node. */
  readonly nodeAddress: string;
  /** Wall time: a probe does real I/O. */
  readonly timeoutWallMs: number;
  /** Runs a command as the container would; answers its exit code and output. */
  execute(command: readonly string[], timeoutWallMs: number): Promise<{ exitCode: number; output: string }>;
}

/** Undefined when the probe succeeds, else why it failed, in the kubelet's words. */
export type ProbeFailure = string | undefined;

type Action = Pick<V1Probe, 'httpGet' | 'tcpSocket' | 'exec' | 'grpc'>;

/** One attempt of a probe or of a hook. */
export async function runProbe(action: Action, target: ProbeTarget): Promise<ProbeFailure> {
  if (action.httpGet) return probeHttp(action.httpGet, target);
  if (action.tcpSocket) return probeTcp(action.tcpSocket, target);
  if (action.exec) return probeExec(action.exec.command ?? [], target);
  return 'unsupported probe: expected httpGet, tcpSocket or exec';
}

/** A number, or the name of one of the container's ports. */
export function portNumber(
  port: number | string | undefined,
  { ports = [] }: V1Container,
): number | undefined {
  if (typeof port === 'number') return port;
  return ports.find(({ name }) => name === port)?.containerPort ?? (Number(port) || undefined);
}

const longestBody = 10 * 1024;

function probeHttp(action: V1HTTPGetAction, target: ProbeTarget): Promise<ProbeFailure> {
  const { host = target.podIP, path = '/', scheme = 'HTTP', httpHeaders = [] } = action;
  const port = portNumber(action.port, target.container);
  if (port === undefined) return Promise.resolve(`couldn't find port: ${action.port}`);
  const url = `${scheme.toLowerCase()}://${host}:${port}${path.startsWith('/') ? path : `/${path}`}`;
  const request = scheme === 'HTTPS' ? httpsRequest : httpRequest;
  const signal = AbortSignal.timeout(target.timeoutWallMs);
  return new Promise((resolve) => {
    const sent = request(
      url,
      {
        agent: false,
        localAddress: target.nodeAddress,
        rejectUnauthorized: false,
        signal,
        headers: {
          'User-Agent': 'kube-probe/1.33',
          Accept: '*/*',
          Connection: 'close',
          ...Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])),
        },
      },
      (response) => {
        const { statusCode = 0 } = response;
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > longestBody) response.destroy();
        });
        response.on('error', () => undefined);
        response.on('close', () =>
          resolve(
            signal.aborted
              ? timeoutText(url, 'reading body')
              : statusCode >= 200 && statusCode < 400
                ? undefined
                : `HTTP probe failed with statuscode: ${statusCode}`,
          ),
        );
      },
    );
    sent.on('error', (error) =>
      resolve(
        signal.aborted
          ? timeoutText(url, 'awaiting headers')
          : `Get "${url}": ${dialError(error, host, port)}`,
      ),
    );
    sent.end();
  });
}

function probeTcp({ host, port }: V1TCPSocketAction, target: ProbeTarget): Promise<ProbeFailure> {
  const address = host ?? target.podIP;
  const number = portNumber(port, target.container);
  if (number === undefined) return Promise.resolve(`couldn't find port: ${port}`);
  const signal = AbortSignal.timeout(target.timeoutWallMs);
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: number, localAddress: target.nodeAddress, signal });
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error) =>
      resolve(
        signal.aborted ? `dial tcp ${address}:${number}: i/o timeout` : dialError(error, address, number),
      ),
    );
  });
}

async function probeExec(command: readonly string[], target: ProbeTarget): Promise<ProbeFailure> {
  const { exitCode, output } = await target.execute(command, target.timeoutWallMs);
  return exitCode === 0 ? undefined : output.trim() || `command exited with ${exitCode}`;
}

function timeoutText(url: string, doing: string): string {
  return `Get "${url}": context deadline exceeded (Client.Timeout exceeded while ${doing})`;
}

function dialError(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'ECONNREFUSED') return `dial tcp ${host}:${port}: connect: connection refused`;
  if (error.code === 'ECONNRESET') return `read: connection reset by peer`;
  return error.message;
}
