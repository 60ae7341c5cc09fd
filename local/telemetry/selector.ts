import { ApiError } from './http.ts';

export type Labels = Readonly<Record<string, string>>;

/** A log query: which streams, and which of their lines. */
export interface LogQuery {
  streams(labels: Labels): boolean;
  lines(line: string): boolean;
}

/** Reads a LogQL log query: a stream selector and line filters. Parsers, labels filters and metrics are refused. */
export function parseLogQuery(query: string): LogQuery {
  const scanner = createScanner(query);
  const matchers = readSelector(scanner);
  if (!matchers.some(({ empty }) => !empty)) throw new ApiError(400, emptySelector);
  const filters: ((line: string) => boolean)[] = [];
  while (!scanner.done()) filters.push(readFilter(scanner));
  return {
    streams: (labels) => matchers.every(({ name, matches }) => matches(labels[name] ?? '')),
    lines: (line) => filters.every((matches) => matches(line)),
  };
}

const emptySelector =
  'parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will\n';

interface Matcher {
  readonly name: string;
  readonly matches: (value: string) => boolean;
  /** Whether it also takes streams without the label. */
  readonly empty: boolean;
}

function readSelector(scanner: Scanner): Matcher[] {
  scanner.expect(/\{/y, '{');
  const matchers: Matcher[] = [];
  while (!scanner.take(/\}/y)) {
    if (matchers.length > 0) scanner.expect(/,/y, ', or }');
    matchers.push(readMatcher(scanner));
  }
  return matchers;
}

function readMatcher(scanner: Scanner): Matcher {
  const name = scanner.expect(/[A-Za-z_][A-Za-z0-9_]*/y, 'identifier');
  const operator = scanner.expect(/=~|!~|!=|=/y, '=, !=, =~ or !~');
  const value = readString(scanner);
  const matches = compile(
    operator,
    value,
    (pattern) => new RegExp(`^(?:${pattern})$`, 's'),
    (a, b) => a === b,
  );
  return { name, matches, empty: matches('') };
}

function readFilter(scanner: Scanner): (line: string) => boolean {
  const operator = scanner.expect(/\|=|\|~|!=|!~/y, '|=, |~, != or !~');
  const value = readString(scanner);
  return compile(
    operator.replace('|', '='),
    value,
    (pattern) => new RegExp(pattern),
    (line, text) => line.includes(text),
  );
}

function compile(
  operator: string,
  value: string,
  toRegex: (pattern: string) => RegExp,
  equal: (text: string, value: string) => boolean,
): (text: string) => boolean {
  const negated = operator.startsWith('!');
  if (!operator.endsWith('~')) return (text) => equal(text, value) !== negated;
  const regex = readRegex(value, toRegex);
  return (text) => regex.test(text) !== negated;
}

function readRegex(pattern: string, toRegex: (pattern: string) => RegExp): RegExp {
  try {
    const [, insensitive, rest = pattern] = /^(\(\?i\))?([\s\S]*)$/.exec(pattern) ?? [];
    const regex = toRegex(rest);
    return insensitive ? new RegExp(regex.source, `${regex.flags}i`) : regex;
  } catch (error) {
    throw new ApiError(
      400,
      `parse error : error parsing regexp: ${error instanceof Error ? error.message : error}\n`,
    );
  }
}

function readString(scanner: Scanner): string {
  const raw = scanner.take(/`[^`]*`/y);
  if (raw !== undefined) return raw.slice(1, -1);
  const quoted = scanner.expect(/"(?:[^"\\\n]|\\.)*"/y, 'STRING');
  return quoted.slice(1, -1).replace(/\\(.)/g, (_, escaped: string) => escapes[escaped] ?? escaped);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

interface Scanner {
  done(): boolean;
  /** The text that a sticky pattern matches here, blanks before it skipped. */
  take(pattern: RegExp): string | undefined;
  expect(pattern: RegExp, what: string): string;
}

function createScanner(text: string): Scanner {
  let at = 0;
  const skip = (): void => {
    at += /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
  };
  const take = (pattern: RegExp): string | undefined => {
    skip();
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  return {
    done: () => {
      skip();
      return at >= text.length;
    },
    take,
    expect: (pattern, what) => take(pattern) ?? fail(text, at, what),
  };
}

function fail(text: string, at: number, what: string): never {
  const before = text.slice(0, at).split('\n');
  const found = at >= text.length ? '$end' : (/^(?:\w+|\|\S?|.)/s.exec(text.slice(at))?.[0] ?? '');
  const column = (before.at(-1)?.length ?? 0) + 1;
  throw new ApiError(
    400,
    `parse error at line ${before.length}, col ${column}: syntax error: unexpected ${found}, expecting ${what}\n`,
  );
}
