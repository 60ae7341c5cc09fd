import type { InstanceProfile, Policy, Role, Tag } from '@aws-sdk/client-iam';
import { AwsError, type ServiceContext } from '../../service.ts';

export interface IamState {
  readonly context: ServiceContext;
  readonly roles: Map<string, StoredRole>;
  /** By ARN; the document beside the policy. */
  readonly policies: Map<string, { readonly policy: Policy; readonly document: string }>;
  readonly instanceProfiles: Map<string, Omit<InstanceProfile, 'Roles'> & { roleNames: string[] }>;
  readonly oidcProviders: Map<string, OidcProvider>;
}

export interface StoredRole extends Role {
  RoleName: string;
  Tags: Tag[];
  /** Inline policies, by name. */
  readonly inline: Map<string, string>;
  /** Attached managed policies, by ARN. */
  readonly attached: Set<string>;
}

export interface OidcProvider {
  readonly Url: string;
  readonly ClientIDList: string[];
  readonly ThumbprintList: string[];
  readonly CreateDate: Date;
  readonly Tags: Tag[];
}

export function createIamState(context: ServiceContext): IamState {
  return {
    context,
    roles: new Map(),
    policies: new Map(),
    instanceProfiles: new Map(),
    oidcProviders: new Map(),
  };
}

export function findRole({ roles }: IamState, name: string | undefined): StoredRole {
  const role = roles.get(name ?? '');
  if (!role) throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`);
  return role;
}

/** `AROA` for roles, `ANPA` for policies, `AIPA` for instance profiles, then 17 characters. */
export function newUniqueId({ context }: IamState, prefix: string): string {
  return prefix + context.random.text(17).toUpperCase();
}

export function checkPolicyDocument(document: string | undefined): string {
  const parsed = parseObject(document ?? '');
  if (!parsed) throw new AwsError('MalformedPolicyDocument', 'Syntax errors in policy.');
  if (!('Statement' in parsed)) {
    throw new AwsError('MalformedPolicyDocument', 'Missing required field Statement');
  }
  return document ?? '';
}

/** IAM gives documents back percent-encoded (RFC 3986). */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document);
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
