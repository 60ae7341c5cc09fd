/**
 * CloudFront developer guide, "Path pattern": case-sensitive, `*` is any number of characters, `?` exactly one, the
 * leading slash is optional, the query string takes no part.
 */
export function compilePathPattern(pattern: string): (path: string) => boolean {
  const rooted = pattern.startsWith('/') || pattern.startsWith('*') ? pattern : `/${pattern}`;
  const source = rooted
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  const expression = new RegExp(`^${source}$`, 's');
  return (path) => expression.test(path);
}

/** CloudFront developer guide, "Invalidating files": `*` only at the end, else the path with its query string. */
export function matchesInvalidation(invalidated: string, path: string, query: string): boolean {
  const rooted = invalidated.startsWith('/') ? invalidated : `/${invalidated}`;
  const full = query === '' ? path : `${path}?${query}`;
  return rooted.endsWith('*') ? full.startsWith(rooted.slice(0, -1)) : full === rooted;
}
