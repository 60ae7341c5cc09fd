import { invalid } from './template.ts';

/** `count` blocks with `bits` host bits each, from the front of an IPv4 block (`Fn::Cidr`). */
export function cidrBlocks(block: string, count: number, bits: number): string[] {
  const [address = '', length = ''] = block.split('/');
  const size = 2 ** bits;
  const base = address.split('.').reduce((value, byte) => value * 256 + Number(byte), 0);
  const capacity = 2 ** (32 - Number(length)) / size;
  if (!Number.isInteger(base) || !(count >= 1 && count <= 256 && count <= capacity))
    throw invalid(`Template error: Fn::Cidr cannot make ${count} blocks of ${bits} bits from ${block}`);
  return Array.from({ length: count }, (_, index) => `${dotted(base + index * size)}/${32 - bits}`);
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
