/**
 * One text for one name, whatever its case, trailing dot or escapes: lower case, no final dot, and octets that are no
 * host name characters as `\ooo` (Route 53 developer guide, "DNS domain name format"). The root is ''.
 */
export function canonicalName(text: string): string {
  return parseLabels(text).map(printLabel).join('.');
}

/** Reads an uncompressed name; undefined where the bytes are none. */
export function readName(bytes: Buffer, start: number): { name: string; end: number } | undefined {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > 63 || at + length >= bytes.length || at - start > 254)
      return undefined;
    at += 1;
    if (length === 0) return { name: labels.join('.'), end: at };
    labels.push(printLabel(bytes.subarray(at, at + length)));
    at += length;
  }
}

export function writeName(name: string): Buffer {
  const parts = parseLabels(name).flatMap((label) => [Buffer.of(label.length), label]);
  return Buffer.concat([...parts, Buffer.of(0)]);
}

/** The name without its first label; undefined for the root. */
export function parentName(name: string): string | undefined {
  if (name === '') return undefined;
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}

function parseLabels(text: string): Buffer[] {
  const labels: number[][] = [[]];
  for (const [token] of text.matchAll(/\\[0-7]{3}|\\.|\.|[^\\.]+/gsu)) {
    if (token === '.') labels.push([]);
    else labels.at(-1)?.push(...octets(token));
  }
  return labels.filter((label) => label.length > 0).map((label) => Buffer.from(label));
}

function octets(token: string): Iterable<number> {
  if (!token.startsWith('\\')) return Buffer.from(token);
  return token.length === 4 ? [Number.parseInt(token.slice(1), 8) & 0xff] : Buffer.from(token.slice(1));
}

function printLabel(label: Buffer): string {
  const text = label.toString('latin1').toLowerCase();
  return text.replace(/[^a-z0-9_*-]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
