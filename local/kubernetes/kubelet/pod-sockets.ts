import dgram from 'node:dgram';
import net from 'node:net';

/** The pod's own loopback interface: an address that no other pod has (127.x.110.h for the pod 127.x.10.h). */
export function ownLoopback(podIP: string): string {
  const [first, second, third, fourth] = podIP.split('.').map(Number);
  return `${first}.${second}.${((third ?? 0) + 100) % 256}.${fourth}`;
}

/** Makes sockets of this process behave as in a network namespace that has the pod's address and a loopback of its own. */
export function confineSockets(podIP: string): void {
  const translate = translator(podIP);
  confineListen(podIP, translate);
  confineConnect(podIP, translate);
  confineDatagrams(podIP, translate);
}

type Translate = (host: string | undefined) => string | undefined;

const unspecified = new Set(['', '0.0.0.0', '::', '[::]', '::0']);
const loopback = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);

function translator(podIP: string): Translate {
  return (host) => (host !== undefined && loopback.has(host) ? ownLoopback(podIP) : host);
}

function confineListen(podIP: string, translate: Translate): void {
  const prototype = net.Server.prototype;
  const listen = prototype.listen as (...args: unknown[]) => net.Server;
  const host = (given: unknown): string | undefined =>
    typeof given !== 'string' || unspecified.has(given) ? podIP : translate(given);
  prototype.listen = function (this: net.Server, ...args: unknown[]): net.Server {
    const [first, second] = args;
    if (isOptions(first) && 'port' in first && !('fd' in first)) {
      return listen.call(this, { ...first, host: host(first.host) }, ...args.slice(1));
    }
    if (isPort(first)) {
      const rest =
        typeof second === 'string' || second === undefined || second === null ? args.slice(2) : args.slice(1);
      return listen.call(this, Number(first), host(second), ...rest);
    }
    if (args.length === 0 || typeof first === 'function') return listen.call(this, 0, podIP, ...args);
    return listen.apply(this, args);
  } as typeof prototype.listen;
}

function confineConnect(podIP: string, translate: Translate): void {
  const prototype = net.Socket.prototype;
  const connect = prototype.connect as (...args: unknown[]) => net.Socket;
  prototype.connect = function (this: net.Socket, ...args: unknown[]): net.Socket {
    const [first, second] = args;
    // net.connect() hands on its own normalized array, whose marker must survive.
    if (Array.isArray(first)) {
      first[0] = confined(first[0]);
      return connect.apply(this, args);
    }
    if (isOptions(first)) return connect.call(this, confined(first), ...args.slice(1));
    if (isPort(first)) {
      const host = typeof second === 'string' ? second : undefined;
      return connect.call(
        this,
        confined({ port: Number(first), host }),
        ...args.slice(host === undefined ? 1 : 2),
      );
    }
    return connect.apply(this, args);
  } as typeof prototype.connect;

  function confined(options: object): object {
    if (!('port' in options) || ('path' in options && options.path)) return options;
    const { host, localAddress } = options as { host?: string; localAddress?: string };
    return {
      ...options,
      host: translate(host || 'localhost'),
      localAddress: localAddress ?? podIP,
      family: 4,
    };
  }
}

function confineDatagrams(podIP: string, translate: Translate): void {
  const prototype = dgram.Socket.prototype;
  const bind = prototype.bind as (...args: unknown[]) => dgram.Socket;
  const host = (given: unknown): string | undefined =>
    typeof given !== 'string' || unspecified.has(given) ? podIP : translate(given);
  prototype.bind = function (this: dgram.Socket, ...args: unknown[]): dgram.Socket {
    const [first, second] = args;
    if (isOptions(first) && !('fd' in first)) {
      return bind.call(
        this,
        { ...first, address: host((first as { address?: string }).address) },
        ...args.slice(1),
      );
    }
    const port = isPort(first) ? Number(first) : 0;
    const callback = args.find((argument) => typeof argument === 'function');
    return bind.call(this, port, host(second), callback);
  } as typeof prototype.bind;
}

function isOptions(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isPort(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));
}
