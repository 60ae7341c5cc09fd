import * as iam from '@aws-sdk/client-iam';
import type { AwsService, ServiceContext } from '../../service.ts';
import { announcing } from '../announcing.ts';
import { instanceProfileHandlers } from './instance-profiles.ts';
import { managedPolicyHandlers } from './managed-policies.ts';
import { oidcProviderHandlers } from './oidc-providers.ts';
import { rolePolicyHandlers } from './role-policies.ts';
import { roleHandlers, shownRole } from './roles.ts';
import { createIamState } from './state.ts';

export interface IamService extends AwsService {
  snapshot(): { readonly roles: readonly iam.Role[] };
}

/** Roles are kept and described; nobody's permissions are enforced. */
export function createIamService(context: ServiceContext): IamService {
  const state = createIamState(context);
  const handlers = {
    ...roleHandlers(state),
    ...rolePolicyHandlers(state),
    ...managedPolicyHandlers(state),
    ...instanceProfileHandlers(state),
    ...oidcProviderHandlers(state),
  };
  return {
    sdk: iam,
    client: iam.IAMClient,
    handlers: announcing(handlers, context),
    snapshot: () => ({ roles: [...state.roles.values()].map(shownRole) }),
  };
}
