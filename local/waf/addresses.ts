import { BlockList, isIP } from 'node:net';

/** Whether an address lies in one of the ranges (CIDR, or a single address). */
export function compileAddresses(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) addRange(list, range);
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
}

function addRange(list: BlockList, range: string): void {
  const [address = '', length] = range.split('/');
  const version = isIP(address);
  if (version === 0) throw new TypeError(`Cannot read an address range: expected a CIDR, got "${range}"`);
  const bits = length === undefined ? (version === 6 ? 128 : 32) : Number(length);
  list.addSubnet(address, bits, version === 6 ? 'ipv6' : 'ipv4');
}
