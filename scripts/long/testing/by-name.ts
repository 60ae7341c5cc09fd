import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import type { StackDescriptor } from '../../../provisioning/stack.ts';
import { foreignClient } from './foreign-client.ts';

/**
 * A foreign program that resolves names at the stack's own server, by glibc, as it would anywhere: it sees another
 * `/etc/resolv.conf` than the machine's, in a mount namespace of its own. glibc caches nothing (resolv.conf(5)).
 */
export function foreignClientByName(
  name: string,
  context: Pick<TestContext, 'skip'>,
  {
    dns,
    directory,
    environment,
  }: {
    readonly dns: StackDescriptor['dns'];
    readonly directory: string;
    readonly environment: Readonly<Record<string, string>>;
  },
): (...args: readonly string[]) => Promise<string> {
  foreignClient(name, context);
  if (dns.port !== 53) context.skip('glibc asks name servers at port 53 alone, which this user may not bind');
  const unshare = foreignClient('unshare', context, environment);
  const resolvConf = join(directory, 'resolv.conf');
  writeFileSync(resolvConf, `nameserver ${dns.address}\noptions timeout:1 attempts:3\n`);
  const own = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--map-root-user'];
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  return (...args) => unshare(...own, 'sh', '-c', script, resolvConf, name, ...args);
}
