import type { ApiObject } from '../json.ts';
import { readObject } from '../read-object.ts';
import type { Request } from '../request.ts';
import { badRequest } from '../status.ts';
import type { AccessRules } from './authorization.ts';
import { isAllowed, rulesOf } from './authorization.ts';

interface ResourceAttributes {
  readonly namespace?: string;
  readonly verb?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
}

/** Questions about oneself: they are answered, never kept. */
export function review(request: Request, body: unknown, access: AccessRules): ApiObject {
  const object = readObject(request, body);
  switch (request.resource.kind) {
    case 'SelfSubjectAccessReview':
      return { ...object, status: accessStatus(request, object, access) };
    case 'SelfSubjectRulesReview':
      return { ...object, status: rulesStatus(request, object, access) };
    default:
      return {
        ...object,
        status: { userInfo: { username: request.user.user, groups: request.user.groups } },
      };
  }
}

function accessStatus({ user }: Request, { spec }: ApiObject, access: AccessRules): { allowed: boolean } {
  const asked = spec?.resourceAttributes as ResourceAttributes | undefined;
  const path = spec?.nonResourceAttributes as { path?: string; verb?: string } | undefined;
  if (path) return { allowed: isAllowed(user, { verb: path.verb ?? '', path: path.path }, access) };
  if (!asked) {
    throw badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified');
  }
  const { verb = '', group, resource = '', subresource, namespace } = asked;
  const full = subresource ? `${resource}/${subresource}` : resource;
  return { allowed: isAllowed(user, { verb, group, resource: full, namespace }, access) };
}

function rulesStatus({ user }: Request, { spec }: ApiObject, access: AccessRules): Record<string, unknown> {
  const rules = rulesOf(user, access).filter(
    ({ namespaces }) => namespaces === undefined || namespaces.includes(String(spec?.namespace ?? '')),
  );
  return {
    resourceRules: rules
      .filter(({ resources }) => resources.length > 0)
      .map(({ verbs, apiGroups, resources }) => ({ verbs, apiGroups, resources })),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs !== undefined)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
}
