import type {
  AttachRolePolicyCommandInput,
  DeleteRolePolicyCommandInput,
  DetachRolePolicyCommandInput,
  GetRolePolicyCommandInput,
  ListAttachedRolePoliciesCommandInput,
  ListRolePoliciesCommandInput,
  PutRolePolicyCommandInput,
} from '@aws-sdk/client-iam';
import { AwsError, type Handler } from '../../service.ts';
import { isManagedPolicy } from './managed-policies.ts';
import { iamPage } from './page.ts';
import { checkPolicyDocument, encodeDocument, findRole, type IamState } from './state.ts';

/** What a role may do: policies of its own, and managed ones attached to it. */
export function rolePolicyHandlers(state: IamState): Record<string, Handler> {
  return {
    PutRolePolicy: ({ RoleName, PolicyName = '', PolicyDocument }: PutRolePolicyCommandInput) => {
      findRole(state, RoleName).inline.set(PolicyName, checkPolicyDocument(PolicyDocument));
      return {};
    },
    GetRolePolicy: ({ RoleName, PolicyName = '' }: GetRolePolicyCommandInput) => {
      const document = findRole(state, RoleName).inline.get(PolicyName);
      if (document === undefined) throw missingInline(PolicyName);
      return { RoleName, PolicyName, PolicyDocument: encodeDocument(document) };
    },
    DeleteRolePolicy: ({ RoleName, PolicyName = '' }: DeleteRolePolicyCommandInput) => {
      if (!findRole(state, RoleName).inline.delete(PolicyName)) throw missingInline(PolicyName);
      return {};
    },
    ListRolePolicies: ({ RoleName, ...paging }: ListRolePoliciesCommandInput) => {
      const { items, more } = iamPage(findRole(state, RoleName).inline.keys(), paging, (name) => name);
      return { PolicyNames: items, ...more };
    },
    AttachRolePolicy: ({ RoleName, PolicyArn = '' }: AttachRolePolicyCommandInput) => {
      const role = findRole(state, RoleName);
      if (!isManagedPolicy(state, PolicyArn)) {
        throw new AwsError('NoSuchEntity', `Policy ${PolicyArn} does not exist or is not attachable.`);
      }
      role.attached.add(PolicyArn);
      return {};
    },
    DetachRolePolicy: ({ RoleName, PolicyArn = '' }: DetachRolePolicyCommandInput) => {
      if (!findRole(state, RoleName).attached.delete(PolicyArn)) {
        throw new AwsError('NoSuchEntity', `Policy ${PolicyArn} was not found.`);
      }
      return {};
    },
    ListAttachedRolePolicies: ({ RoleName, ...paging }: ListAttachedRolePoliciesCommandInput) => {
      const { items, more } = iamPage(findRole(state, RoleName).attached, paging, (arn) => arn);
      const AttachedPolicies = items.map((PolicyArn) => ({
        PolicyArn,
        PolicyName: PolicyArn.slice(PolicyArn.lastIndexOf('/') + 1),
      }));
      return { AttachedPolicies, ...more };
    },
  };
}

function missingInline(name: string): AwsError {
  return new AwsError('NoSuchEntity', `The role policy with name ${name} cannot be found.`);
}
