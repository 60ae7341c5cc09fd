import type { TextTransformation } from '@aws-sdk/client-wafv2';

export type Transform = (text: string) => string;

/** The transformations in order of their priority, as one function over bytes written as latin-1 text. */
export function compileTransformations(list: readonly TextTransformation[] = []): Transform {
  const steps = list.toSorted((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0)).map(({ Type }) => step(Type));
  return (text) => steps.reduce((value, apply) => apply(value), text);
}

const transforms: Readonly<Record<string, Transform>> = {
  NONE: (text) => text,
  LOWERCASE: (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  URL_DECODE: (text) => urlDecode(text, /%([0-9a-f]{2})/gi),
  URL_DECODE_UNI: (text) => urlDecode(text, /%(?:u[0-9a-f]{2}([0-9a-f]{2})|([0-9a-f]{2}))/gi),
  COMPRESS_WHITE_SPACE: (text) => text.replace(/[\f\t\n\r\v\xa0 ]+/g, ' '),
  HTML_ENTITY_DECODE: htmlEntityDecode,
  NORMALIZE_PATH: normalizePath,
  NORMALIZE_PATH_WIN: (text) => normalizePath(text.replaceAll('\\', '/')),
  REMOVE_NULLS: (text) => text.replaceAll('\0', ''),
  REPLACE_NULLS: (text) => text.replaceAll('\0', ' '),
  REPLACE_COMMENTS: (text) => text.replace(/\/\*[\s\S]*?(?:\*\/|$)/g, ' '),
  BASE64_DECODE: (text) => Buffer.from(text, 'base64').toString('latin1'),
  HEX_DECODE: (text) => Buffer.from(text.replace(/[^0-9a-f]/gi, ''), 'hex').toString('latin1'),
  CMD_LINE: (text) =>
    text
      .replace(/[\\"'^]/g, '')
      .replace(/\s+(?=[/(])/g, '')
      .replace(/[,;\s]+/g, ' ')
      .toLowerCase(),
};

function step(type: string | undefined): Transform {
  const found = transforms[type ?? 'NONE'];
  if (!found) {
    throw new TypeError(
      `Cannot compile the text transformation "${type}": expected one of ${Object.keys(transforms).join(', ')}`,
    );
  }
  return found;
}

function urlDecode(text: string, escapes: RegExp): string {
  return text
    .replaceAll('+', ' ')
    .replace(escapes, (_, first?: string, second?: string) => byte(first ?? second ?? '', 16));
}

const entities: Readonly<Record<string, string>> = {
  quot: '"',
  amp: '&',
  lt: '<',
  gt: '>',
  nbsp: '\xa0',
  apos: "'",
};

function htmlEntityDecode(text: string): string {
  return text
    .replace(/&#x([0-9a-f]+);?/gi, (_, hex: string) => byte(hex, 16))
    .replace(/&#([0-9]+);?/g, (_, digits: string) => byte(digits, 10))
    .replace(/&(quot|amp|lt|gt|nbsp|apos);/g, (_, name: string) => entities[name] ?? '');
}

function byte(digits: string, radix: 10 | 16): string {
  return String.fromCharCode(Number.parseInt(digits, radix) & 0xff);
}

/** Slashes that follow each other, `/./` and `x/../` go; what leads out of the root stays out of sight. */
function normalizePath(text: string): string {
  const kept: string[] = [];
  for (const segment of text.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const joined = kept.join('/');
  return `${text.startsWith('/') ? '/' : ''}${joined}${joined !== '' && text.endsWith('/') ? '/' : ''}`;
}
