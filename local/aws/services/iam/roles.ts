import type {
  CreateRoleCommandInput,
  DeleteRoleCommandInput,
  GetRoleCommandInput,
  ListRolesCommandInput,
  ListRoleTagsCommandInput,
  Role,
  TagRoleCommandInput,
  UntagRoleCommandInput,
  UpdateAssumeRolePolicyCommandInput,
  UpdateRoleCommandInput,
} from '@aws-sdk/client-iam';
import { AwsError, type Handler } from '../../service.ts';
import { iamPage } from './page.ts';
import {
  checkPolicyDocument,
  encodeDocument,
  findRole,
  type IamState,
  newUniqueId,
  type StoredRole,
} from './state.ts';

export function roleHandlers(state: IamState): Record<string, Handler> {
  const { roles } = state;
  return {
    CreateRole: (input: CreateRoleCommandInput) => ({ Role: shownRole(createRole(state, input)) }),
    GetRole: ({ RoleName }: GetRoleCommandInput) => ({ Role: shownRole(findRole(state, RoleName)) }),
    ListRoles: ({ PathPrefix = '/', ...paging }: ListRolesCommandInput) => {
      const wanted = [...roles.values()].filter(({ Path }) => Path?.startsWith(PathPrefix));
      const { items, more } = iamPage(wanted, paging, ({ RoleName }) => RoleName);
      return { Roles: items.map(shownRole), ...more };
    },
    UpdateRole: ({ RoleName, Description, MaxSessionDuration }: UpdateRoleCommandInput) => {
      const role = findRole(state, RoleName);
      role.Description = Description ?? role.Description;
      role.MaxSessionDuration = MaxSessionDuration ?? role.MaxSessionDuration;
      return {};
    },
    UpdateAssumeRolePolicy: ({ RoleName, PolicyDocument }: UpdateAssumeRolePolicyCommandInput) => {
      findRole(state, RoleName).AssumeRolePolicyDocument = checkPolicyDocument(PolicyDocument);
      return {};
    },
    DeleteRole: ({ RoleName }: DeleteRoleCommandInput) => deleteRole(state, findRole(state, RoleName)),
    TagRole: ({ RoleName, Tags = [] }: TagRoleCommandInput) => {
      const role = findRole(state, RoleName);
      role.Tags = [...role.Tags.filter((tag) => !Tags.some(({ Key }) => Key === tag.Key)), ...Tags];
      return {};
    },
    UntagRole: ({ RoleName, TagKeys = [] }: UntagRoleCommandInput) => {
      const role = findRole(state, RoleName);
      role.Tags = role.Tags.filter(({ Key = '' }) => !TagKeys.includes(Key));
      return {};
    },
    ListRoleTags: ({ RoleName, ...paging }: ListRoleTagsCommandInput) => {
      const { items, more } = iamPage(findRole(state, RoleName).Tags, paging, ({ Key = '' }) => Key);
      return { Tags: items, ...more };
    },
  };
}

export function shownRole({ inline: _inline, attached: _attached, ...role }: StoredRole): Role {
  return { ...role, AssumeRolePolicyDocument: encodeDocument(role.AssumeRolePolicyDocument ?? '') };
}

function createRole(state: IamState, input: CreateRoleCommandInput): StoredRole {
  const { RoleName = '', Path = '/', Tags = [], Description, MaxSessionDuration = 3600 } = input;
  if (!/^[\w+=,.@-]{1,64}$/.test(RoleName)) {
    throw new AwsError(
      'ValidationError',
      'The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
    );
  }
  if (state.roles.has(RoleName)) {
    throw new AwsError('EntityAlreadyExists', `Role with name ${RoleName} already exists.`);
  }
  const role: StoredRole = {
    RoleName,
    Path,
    RoleId: newUniqueId(state, 'AROA'),
    Arn: `arn:aws:iam::${state.context.accountId}:role${Path}${RoleName}`,
    CreateDate: state.context.clock.now(),
    AssumeRolePolicyDocument: checkPolicyDocument(input.AssumeRolePolicyDocument),
    Description,
    MaxSessionDuration,
    Tags: [...Tags],
    inline: new Map(),
    attached: new Set(),
  };
  state.roles.set(RoleName, role);
  return role;
}

function deleteRole({ roles, instanceProfiles }: IamState, role: StoredRole): object {
  const conflict = (what: string): AwsError =>
    new AwsError('DeleteConflict', `Cannot delete entity, must ${what} first.`);
  if (role.attached.size > 0) throw conflict('detach all policies');
  if (role.inline.size > 0) throw conflict('delete policies');
  if ([...instanceProfiles.values()].some(({ roleNames }) => roleNames.includes(role.RoleName))) {
    throw conflict('remove roles from instance profile');
  }
  roles.delete(role.RoleName);
  return {};
}
