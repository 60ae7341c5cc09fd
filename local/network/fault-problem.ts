import { isIPv4 } from 'node:net';
import { hops, type NetworkFault } from '../base/plane-fault.ts';

/** What is wrong with a fault that came over the control endpoint; `undefined` when nothing is. */
export function faultProblem({ hop, addresses, effect }: NetworkFault): string | undefined {
  if (!hops.includes(hop)) return `expected a hop of ${hops.join(', ')}, got ${JSON.stringify(hop)}`;
  if (addresses && !addresses.every((address) => isIPv4(address)))
    return `expected IPv4 addresses, got ${JSON.stringify(addresses)}`;
  switch (effect?.kind) {
    case 'latency':
      if (!(effect.latencyWallMs >= 0 && effect.jitterWallMs >= 0))
        return `expected latencyWallMs and jitterWallMs of at least 0, got ${JSON.stringify(effect)}`;
      return undefined;
    case 'bandwidth':
      if (!(effect.bytesPerWallSecond >= 1))
        return `expected bytesPerWallSecond of at least 1, got ${JSON.stringify(effect)}`;
      return undefined;
    case 'cut':
    case 'half-open':
    case 'reset':
    case 'refuse':
    case 'hang':
      return undefined;
    default:
      return `expected an effect of latency, bandwidth, cut, half-open, reset, refuse, hang, got ${JSON.stringify(effect)}`;
  }
}
