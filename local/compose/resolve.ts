import { Resolver } from 'node:dns/promises';
import type { Clock } from '../base/clock.ts';

/** How CloudFront finds its origins, and health checkers their endpoints: by the same name servers as everybody, so that what is broken there is for them too. */
export function createResolver(
  { address, port }: { readonly address: string; readonly port: number },
  clock: Clock,
): (name: string) => Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: clock.ioTimeoutWallMs(queryTimeoutMs), tries: 2 });
  resolver.setServers([`${address}:${port}`]);
  return (name) => resolver.resolve4(name);
}

/** RFC 1035 §7.2 leaves it open; what resolvers commonly wait for one answer. */
const queryTimeoutMs = 5000;
