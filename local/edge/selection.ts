/** Which of a request's cookies or query arguments count. */
export interface Selection {
  readonly mode: 'none' | 'all' | 'whitelist' | 'allExcept';
  readonly names: ReadonlySet<string>;
}

export const selectNone: Selection = { mode: 'none', names: new Set() };
export const selectAll: Selection = { mode: 'all', names: new Set() };

export function selection(mode: Selection['mode'] | undefined, names: readonly string[] = []): Selection {
  return { mode: mode ?? 'none', names: new Set(names) };
}

export function selects({ mode, names }: Selection, name: string): boolean {
  if (mode === 'all') return true;
  if (mode === 'none') return false;
  return names.has(name) === (mode === 'whitelist');
}

/** The chosen arguments of a query string, as they came and in their order. */
export function selectQuery(query: string, selections: readonly Selection[]): string {
  if (query === '' || selections.some(({ mode }) => mode === 'all')) return query;
  if (selections.every(({ mode }) => mode === 'none')) return '';
  return query
    .split('&')
    .filter((argument) => selections.some((each) => selects(each, nameOf(argument))))
    .join('&');
}

/** The chosen cookies of a Cookie header. */
export function selectCookies(header: string, selections: readonly Selection[]): string {
  if (header === '' || selections.some(({ mode }) => mode === 'all')) return header;
  if (selections.every(({ mode }) => mode === 'none')) return '';
  return header
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => selections.some((each) => selects(each, nameOf(cookie))))
    .join('; ');
}

function nameOf(pair: string): string {
  const at = pair.indexOf('=');
  return at < 0 ? pair : pair.slice(0, at);
}
