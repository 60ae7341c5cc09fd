import dns from 'node:dns';
import { isIP } from 'node:net';
import { ownLoopback } from './pod-sockets.ts';

export interface NameSettings {
  readonly podIP: string;
  readonly hostname: string;
  /** `address:port` of the cluster's DNS server. */
  readonly server: string;
  readonly timeoutMs: number;
}

type LookupOptions = dns.LookupOptions & { readonly family?: number | 'IPv4' | 'IPv6' };

/** Every way that Node has to resolve a name asks the cluster's server, and never this machine's resolver. */
export function confineNames(settings: NameSettings): void {
  const { server, timeoutMs } = settings;
  dns.setServers([server]);
  const Resolver = dns.Resolver;
  const PromisesResolver = dns.promises.Resolver;
  const resolver = new PromisesResolver({ timeout: timeoutMs, tries: 2 });
  resolver.setServers([server]);
  Object.assign(dns, {
    Resolver: class extends Resolver {
      constructor(options?: dns.ResolverOptions) {
        super(options);
        this.setServers([server]);
      }
    },
    lookup: callbackLookup(settings, resolver),
  });
  Object.assign(dns.promises, {
    Resolver: class extends PromisesResolver {
      constructor(options?: dns.ResolverOptions) {
        super(options);
        this.setServers([server]);
      }
    },
    lookup: (name: string, options?: LookupOptions | number) =>
      lookup(settings, resolver, name, normal(options)),
  });
}

type Callback = (error: Error | null, address?: string | dns.LookupAddress[], family?: number) => void;

function callbackLookup(settings: NameSettings, resolver: dns.promises.Resolver) {
  return (name: string, optionsOrCallback: LookupOptions | number | Callback, maybe?: Callback): void => {
    const callback = typeof optionsOrCallback === 'function' ? optionsOrCallback : maybe;
    if (!callback)
      throw new TypeError('The "callback" argument must be of type function. Received undefined');
    const options = normal(typeof optionsOrCallback === 'function' ? undefined : optionsOrCallback);
    lookup(settings, resolver, name, options).then(
      (result) => {
        if (Array.isArray(result)) process.nextTick(callback, null, result);
        else process.nextTick(callback, null, result.address, result.family);
      },
      (error: Error) => process.nextTick(callback, error),
    );
  };
}

async function lookup(
  settings: NameSettings,
  resolver: dns.promises.Resolver,
  name: string,
  { all, family }: LookupOptions,
): Promise<dns.LookupAddress | dns.LookupAddress[]> {
  const found = literal(settings, name) ?? (await resolve(resolver, name, family));
  const wanted = family === 4 || family === 6 ? found.filter((entry) => entry.family === family) : found;
  const [first] = wanted;
  if (!first) throw lookupError('ENOTFOUND', name);
  return all ? wanted : first;
}

function literal({ podIP, hostname }: NameSettings, name: string): dns.LookupAddress[] | undefined {
  const version = isIP(name);
  if (version !== 0) return [{ address: name, family: version }];
  // What the kubelet writes to /etc/hosts.
  if (name === 'localhost' || name === '') return [{ address: ownLoopback(podIP), family: 4 }];
  return name === hostname ? [{ address: podIP, family: 4 }] : undefined;
}

/** IPv4 alone unless IPv6 is asked for: pods have no IPv6 address (AI_ADDRCONFIG). */
async function resolve(
  resolver: dns.promises.Resolver,
  name: string,
  family: LookupOptions['family'],
): Promise<dns.LookupAddress[]> {
  try {
    const addresses = family === 6 ? await resolver.resolve6(name) : await resolver.resolve4(name);
    return addresses.map((address) => ({ address, family: family === 6 ? 6 : 4 }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw lookupError(code === 'ENOTFOUND' || code === 'ENODATA' ? 'ENOTFOUND' : 'EAI_AGAIN', name);
  }
}

/** As `getaddrinfo` reports it. */
function lookupError(code: string, hostname: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), {
    errno: code === 'ENOTFOUND' ? -3008 : -3001,
    code,
    syscall: 'getaddrinfo',
    hostname,
  });
}

function normal(options: LookupOptions | number | undefined | null): LookupOptions {
  if (typeof options === 'number') return { family: options };
  const family = options?.family === 'IPv4' ? 4 : options?.family === 'IPv6' ? 6 : options?.family;
  return { ...options, family };
}
