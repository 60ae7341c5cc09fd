import { InvalidInput } from './invalid-input.ts';
import { type Shape, type TimestampFormat, timestampFormat } from './shape.ts';

/** Reads a value that came as text: XML content, query and form values, headers, labels. */
export function readScalar(shape: Shape, text: string, at: string, byDefault: TimestampFormat): unknown {
  if (shape.isStringSchema()) return text;
  if (shape.isBooleanSchema()) return readBoolean(text, at);
  if (shape.isNumericSchema()) return readNumber(text, at);
  if (shape.isBigIntegerSchema()) return BigInt(readNumber(text, at));
  if (shape.isTimestampSchema()) return readTimestamp(text, at, timestampFormat(shape, byDefault));
  if (shape.isBlobSchema()) return readBase64(text, at);
  throw invalidValue(text, at, 'a structure');
}

export function writeScalar(shape: Shape, value: unknown, byDefault: TimestampFormat): string {
  if (value instanceof Date) return writeTimestamp(value, timestampFormat(shape, byDefault));
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return String(value);
}

export function readTimestamp(text: string, at: string, format: TimestampFormat): Date {
  const date = format === 'epoch-seconds' ? new Date(readNumber(text, at) * 1000) : readDate(text);
  if (Number.isNaN(date.getTime())) throw invalidValue(text, at, 'a timestamp');
  return date;
}

export function writeTimestamp(date: Date, format: TimestampFormat): string {
  if (format === 'epoch-seconds') return String(date.getTime() / 1000);
  if (format === 'http-date') return date.toUTCString();
  return date.toISOString().replace('.000Z', 'Z');
}

export function readBase64(text: string, at: string): Uint8Array {
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw invalidValue(text, at, 'Base64');
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function readBoolean(text: string, at: string): boolean {
  const value = text.trim().toLowerCase();
  if (value !== 'true' && value !== 'false') throw invalidValue(text, at, 'a boolean');
  return value === 'true';
}

/** Date alone would take `1` or `monday`. */
function readDate(text: string): Date {
  const isoOrHttp =
    /^(\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)?|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:.]+ GMT)$/;
  return new Date(isoOrHttp.test(text.trim()) ? text.trim() : Number.NaN);
}

function readNumber(text: string, at: string): number {
  if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text)) throw invalidValue(text, at, 'a number');
  return Number(text);
}

function invalidValue(text: string, at: string, expected: string): InvalidInput {
  return new InvalidInput('type', `Value (${text}) for parameter ${at} is invalid. Expected ${expected}`);
}
