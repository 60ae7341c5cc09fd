/** `metav1.Time`: RFC 3339 in whole seconds. */
export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** `metav1.MicroTime`: RFC 3339 with six digits. */
export function formatMicroTime(date: Date): string {
  return `${date.toISOString().slice(0, 23)}000Z`;
}

/** Canonical text of an instant that a client sent, or undefined when it is not RFC 3339. */
export function canonicalTime(value: unknown, precision: 'time' | 'microTime'): string | undefined {
  if (value instanceof Date) return precision === 'time' ? formatTime(value) : formatMicroTime(value);
  if (typeof value !== 'string' || !rfc3339.test(value)) return undefined;
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return undefined;
  if (precision === 'time') return formatTime(date);
  const digits = /\.(\d+)/.exec(value)?.[1] ?? '';
  return `${date.toISOString().slice(0, 19)}.${digits.padEnd(6, '0').slice(0, 6)}Z`;
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
