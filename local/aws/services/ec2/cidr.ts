/** An IPv4 block. */
export interface Cidr {
  readonly base: number;
  readonly prefix: number;
}

/** Undefined when it is not a block, or when bits of the host part are set. */
export function parseCidr(text: string | undefined): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text ?? '');
  if (!match) return undefined;
  const bytes = match.slice(1, 5).map(Number);
  const prefix = Number(match[5]);
  if (bytes.some((byte) => byte > 255) || prefix > 32) return undefined;
  const base = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return base % 2 ** (32 - prefix) === 0 ? { base, prefix } : undefined;
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.prefix >= outer.prefix && inner.base >= outer.base && last(inner) <= last(outer);
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base <= last(b) && b.base <= last(a);
}

export function size({ prefix }: Cidr): number {
  return 2 ** (32 - prefix);
}

function last(cidr: Cidr): number {
  return cidr.base + size(cidr) - 1;
}
