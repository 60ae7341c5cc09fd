/**
 * Canonical text of a resource quantity, as Kubernetes writes it back: no fraction, the largest suffix that keeps it
 * whole, the suffix family kept (OpenAPI, `io.k8s.apimachinery.pkg.api.resource.Quantity`). Undefined when malformed.
 */
export function canonicalQuantity(text: string): string | undefined {
  const parsed = parse(text);
  if (!parsed) return undefined;
  const { nano, family } = parsed;
  if (nano === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  const size = nano < 0n ? -nano : nano;
  if (family === 'binary' && size % one === 0n) return sign + scale(size / one, 1024n, binary);
  const [digits, steps] = divideWhile(size, 1000n, decimal.length - 1);
  const exponent = (steps - 3) * 3;
  if (family === 'exponent') return `${sign}${digits}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${digits}${decimal[steps] ?? ''}`;
}

/** The number that a quantity stands for: cores, bytes. */
export function quantityValue(text: string): number {
  const parsed = parse(text);
  return parsed ? Number(parsed.nano) / 1e9 : Number.NaN;
}

const one = 1_000_000_000n;
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const pattern =
  /^(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d{1,3}|)$/;

function parse(text: string): { nano: bigint; family: 'binary' | 'decimal' | 'exponent' } | undefined {
  const groups = pattern.exec(text)?.groups;
  const { sign, whole = '', fraction = '', suffix = '' } = groups ?? {};
  if (!groups || whole + fraction === '') return undefined;
  const { multiplier, divisor, family } = readSuffix(suffix);
  const numerator = BigInt(whole + fraction) * one * multiplier;
  const denominator = 10n ** BigInt(fraction.length) * divisor;
  // Finer than nano is rounded up, away from zero.
  const nano = (numerator + denominator - 1n) / denominator;
  return { nano: sign === '-' ? -nano : nano, family };
}

function readSuffix(suffix: string): {
  multiplier: bigint;
  divisor: bigint;
  family: 'binary' | 'decimal' | 'exponent';
} {
  if (suffix.endsWith('i')) {
    return { multiplier: 1024n ** BigInt(binary.indexOf(suffix)), divisor: 1n, family: 'binary' };
  }
  const isExponent = suffix.length > 1;
  const power = isExponent ? Number(suffix.slice(1)) : (decimal.indexOf(suffix) - 3) * 3;
  const magnitude = 10n ** BigInt(Math.abs(power));
  return {
    multiplier: power >= 0 ? magnitude : 1n,
    divisor: power >= 0 ? 1n : magnitude,
    family: isExponent ? 'exponent' : 'decimal',
  };
}

function scale(value: bigint, base: bigint, suffixes: readonly string[]): string {
  const [digits, steps] = divideWhile(value, base, suffixes.length - 1);
  return `${digits}${suffixes[steps] ?? ''}`;
}

function divideWhile(value: bigint, base: bigint, most: number): [bigint, number] {
  let steps = 0;
  let rest = value;
  while (steps < most && rest % base === 0n) {
    rest /= base;
    steps++;
  }
  return [rest, steps];
}
