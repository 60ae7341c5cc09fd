import type { User } from '../request.ts';
import { statusError } from '../status.ts';
import type { RequestInfo } from './request-info.ts';

/** What a group may do: `*` is everything, a namespace that is absent is every namespace. */
export interface AccessRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export type AccessRules = Readonly<Record<string, readonly AccessRule[]>>;

export interface Attributes {
  readonly verb: string;
  readonly group?: string;
  /** `pods`, `pods/log`; absent for a path. */
  readonly resource?: string;
  readonly namespace?: string;
  readonly path?: string;
}

const everything: AccessRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], nonResourceURLs: ['*'] };
const paths = (...nonResourceURLs: string[]): AccessRule => ({
  verbs: ['get'],
  apiGroups: [],
  resources: [],
  nonResourceURLs,
});

/** The roles that every cluster binds: cluster-admin, system:public-info-viewer, system:discovery, system:basic-user. */
const builtIn: AccessRules = {
  'system:masters': [everything],
  'system:unauthenticated': [paths('/healthz', '/livez', '/readyz', '/version', '/version/')],
  'system:authenticated': [
    paths('/healthz', '/livez', '/readyz', '/version', '/version/'),
    paths('/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'),
    {
      verbs: ['create'],
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    },
    { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  ],
};

export function rulesOf({ groups }: User, access: AccessRules): readonly AccessRule[] {
  return groups.flatMap((group) => [...(builtIn[group] ?? []), ...(access[group] ?? [])]);
}

export function isAllowed(user: User, attributes: Attributes, access: AccessRules): boolean {
  return rulesOf(user, access).some((rule) => covers(rule, attributes));
}

function covers(rule: AccessRule, { verb, group = '', resource, namespace, path = '' }: Attributes): boolean {
  if (!has(rule.verbs, verb)) return false;
  if (resource === undefined)
    return (rule.nonResourceURLs ?? []).some((pattern) => matchesPath(pattern, path));
  if (!has(rule.apiGroups, group) || !has(rule.resources, resource)) return false;
  return rule.namespaces === undefined || rule.namespaces.includes(namespace ?? '');
}

function has(allowed: readonly string[], wanted: string): boolean {
  return allowed.includes('*') || allowed.includes(wanted);
}

function matchesPath(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

/** Throws 403 in the words of a real server. */
export function authorize(user: User, info: RequestInfo, access: AccessRules): void {
  const { resource, verb, path } = info;
  if (!resource) {
    if (isAllowed(user, { verb, path }, access)) return;
    throw statusError(403, 'Forbidden', `forbidden: User "${user.user}" cannot ${verb} path "${path}"`, {});
  }
  const { group, plural, namespace, name, subresource } = resource;
  const full = subresource ? `${plural}/${subresource}` : plural;
  if (isAllowed(user, { verb, group, resource: full, namespace }, access)) return;
  const subject = `${plural}${group ? `.${group}` : ''}${name ? ` "${name}"` : ''}`;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const why = `User "${user.user}" cannot ${verb} resource "${full}" in API group "${group}" ${where}`;
  const details = { name, group: group || undefined, kind: plural };
  throw statusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, details);
}
