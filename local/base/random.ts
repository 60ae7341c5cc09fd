/** Seeded randomness, so that a run can be repeated from the seed it printed. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
  /** Lower-case letters and digits, as AWS and Kubernetes use in generated names. */
  text(length: number): string;
  /** Lower-case hexadecimal digits. */
  hex(length: number): string;
  uuid(): string;
  pick<T>(items: readonly T[]): T;
}

/** Mulberry32: small, fast, good enough for identifiers and schedules; never for keys or tokens. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  const from = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet[below(alphabet.length)]).join('');
  const hex = (length: number): string => from('0123456789abcdef', length);
  return {
    next,
    below,
    text: (length) => from('abcdefghijklmnopqrstuvwxyz0123456789', length),
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${from('89ab', 1)}${hex(3)}-${hex(12)}`,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError('Cannot pick from an empty list');
      return item;
    },
  };
}
