/** A pattern of AWS's (PCRE syntax) over bytes written as latin-1 text. Leading inline flags become JavaScript's. */
export function compileRegex(pattern: string): RegExp {
  const [, flags = '', rest = pattern] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(pattern) ?? [];
  const bytes = Buffer.from(rest, 'utf8').toString('latin1');
  try {
    return new RegExp(bytes, flags);
  } catch (cause) {
    throw new TypeError(`Cannot compile the regular expression "${pattern}": not one JavaScript reads`, {
      cause,
    });
  }
}
