import { InvalidInput } from './invalid-input.ts';
import { membersOf, requiredMembers, type Shape } from './shape.ts';
import type { WireRequest } from './wire.ts';

/** One operation's place among URLs. */
export interface RestRoute {
  readonly method: string;
  readonly path: RegExp;
  readonly labels: readonly string[];
  /** Query parameters that are part of the operation's name: `?website`, `?list-type=2`. */
  readonly literals: readonly (readonly [name: string, value: string])[];
  /** Required members in query and headers: they tell UploadPart and CopyObject from PutObject. */
  readonly requiredQuery: readonly string[];
  readonly requiredHeaders: readonly string[];
  readonly status: number;
  /** More specific routes are tried first. */
  readonly weight: number;
}

export function restRoute([method, uri, status]: readonly [string, string, number], input: Shape): RestRoute {
  const [template = '/', search = ''] = uri.split('?');
  const labels: string[] = [];
  const source = template
    .replace(/[.*()|[\]^$]/g, '\\$&')
    .replace(/\{([^{}+]+)(\+)?\}/g, (_match, name: string, greedy: string | undefined) => {
      labels.push(name);
      return greedy ? '(.+)' : '([^/]+)';
    });
  // x-id only helps the SDK's own logs; other clients do not send it.
  const literals = [...new URLSearchParams(search)].filter(([name]) => name !== 'x-id');
  const { requiredQuery, requiredHeaders } = requiredBindings(input);
  const literalLength = template.replace(/\{[^}]+\}/g, '').length;
  return {
    method,
    path: new RegExp(`^${source.replace(/\/$/, '')}/?$`, 's'),
    labels,
    literals,
    requiredQuery,
    requiredHeaders,
    status,
    weight: literals.length * 10_000 + (requiredQuery.length + requiredHeaders.length) * 1000 + literalLength,
  };
}

/** The labels' values when the request is for this route. */
export function matchRoute(
  route: RestRoute,
  request: WireRequest,
  path: string,
): ReadonlyMap<string, string> | undefined {
  if (route.method !== request.method) return undefined;
  const match = route.path.exec(path);
  if (!match || !route.literals.every(([name, value]) => hasLiteral(request.query, name, value)))
    return undefined;
  return new Map(route.labels.map((name, i) => [name, match[i + 1] ?? '']));
}

/** Whether all that the operation requires outside its body is there. */
export function isComplete(route: RestRoute, request: WireRequest): boolean {
  return (
    route.requiredQuery.every((name) => request.query.has(name)) &&
    route.requiredHeaders.every((name) => request.headers[name] !== undefined)
  );
}

export function decodeLabel(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (error instanceof URIError) throw new InvalidInput('malformed', `Invalid URI: "${value}"`);
    throw error;
  }
}

function hasLiteral(query: URLSearchParams, name: string, value: string): boolean {
  return value === '' ? query.has(name) : query.get(name) === value;
}

function requiredBindings(input: Shape): Pick<RestRoute, 'requiredQuery' | 'requiredHeaders'> {
  const required = new Set(requiredMembers(input));
  const traits = membersOf(input)
    .filter(([name]) => required.has(name))
    .map(([, member]) => member.getMergedTraits());
  return {
    requiredQuery: traits.flatMap(({ httpQuery }) => httpQuery ?? []),
    requiredHeaders: traits.flatMap(({ httpHeader }) => httpHeader?.toLowerCase() ?? []),
  };
}
