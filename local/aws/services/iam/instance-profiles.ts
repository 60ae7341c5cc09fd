import type {
  AddRoleToInstanceProfileCommandInput,
  CreateInstanceProfileCommandInput,
  DeleteInstanceProfileCommandInput,
  GetInstanceProfileCommandInput,
  InstanceProfile,
  ListInstanceProfilesForRoleCommandInput,
  RemoveRoleFromInstanceProfileCommandInput,
} from '@aws-sdk/client-iam';
import { AwsError, type Handler } from '../../service.ts';
import { iamPage } from './page.ts';
import { shownRole } from './roles.ts';
import { findRole, type IamState, newUniqueId } from './state.ts';

export function instanceProfileHandlers(state: IamState): Record<string, Handler> {
  const { instanceProfiles } = state;
  return {
    CreateInstanceProfile: (input: CreateInstanceProfileCommandInput) => ({
      InstanceProfile: shown(state, createProfile(state, input)),
    }),
    GetInstanceProfile: ({ InstanceProfileName }: GetInstanceProfileCommandInput) => ({
      InstanceProfile: shown(state, findProfile(state, InstanceProfileName)),
    }),
    ListInstanceProfilesForRole: ({ RoleName, ...paging }: ListInstanceProfilesForRoleCommandInput) => {
      const role = findRole(state, RoleName);
      const wanted = [...instanceProfiles.values()].filter(({ roleNames }) =>
        roleNames.includes(role.RoleName),
      );
      const { items, more } = iamPage(wanted, paging, ({ InstanceProfileName = '' }) => InstanceProfileName);
      return { InstanceProfiles: items.map((profile) => shown(state, profile)), ...more };
    },
    AddRoleToInstanceProfile: ({ InstanceProfileName, RoleName }: AddRoleToInstanceProfileCommandInput) => {
      const profile = findProfile(state, InstanceProfileName);
      const role = findRole(state, RoleName);
      if (profile.roleNames.length > 0) {
        throw new AwsError('LimitExceeded', 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1');
      }
      profile.roleNames.push(role.RoleName);
      return {};
    },
    RemoveRoleFromInstanceProfile: ({
      InstanceProfileName,
      RoleName = '',
    }: RemoveRoleFromInstanceProfileCommandInput) => {
      const profile = findProfile(state, InstanceProfileName);
      if (!profile.roleNames.includes(RoleName)) {
        throw new AwsError('NoSuchEntity', `The role with name ${RoleName} cannot be found.`);
      }
      profile.roleNames = [];
      return {};
    },
    DeleteInstanceProfile: ({ InstanceProfileName = '' }: DeleteInstanceProfileCommandInput) => {
      const { roleNames } = findProfile(state, InstanceProfileName);
      if (roleNames.length > 0) {
        throw new AwsError(
          'DeleteConflict',
          'Cannot delete entity, must remove roles from instance profile first.',
        );
      }
      instanceProfiles.delete(InstanceProfileName);
      return {};
    },
  };
}

type StoredProfile = Omit<InstanceProfile, 'Roles'> & { roleNames: string[] };

function createProfile(state: IamState, input: CreateInstanceProfileCommandInput): StoredProfile {
  const { InstanceProfileName = '', Path = '/', Tags = [] } = input;
  if (state.instanceProfiles.has(InstanceProfileName)) {
    throw new AwsError('EntityAlreadyExists', `Instance Profile ${InstanceProfileName} already exists.`);
  }
  const profile: StoredProfile = {
    InstanceProfileName,
    InstanceProfileId: newUniqueId(state, 'AIPA'),
    Arn: `arn:aws:iam::${state.context.accountId}:instance-profile${Path}${InstanceProfileName}`,
    Path,
    CreateDate: state.context.clock.now(),
    Tags: [...Tags],
    roleNames: [],
  };
  state.instanceProfiles.set(InstanceProfileName, profile);
  return profile;
}

function findProfile({ instanceProfiles }: IamState, name: string | undefined): StoredProfile {
  const found = instanceProfiles.get(name ?? '');
  if (!found) throw new AwsError('NoSuchEntity', `Instance Profile ${name} cannot be found.`);
  return found;
}

function shown(state: IamState, { roleNames, ...profile }: StoredProfile): InstanceProfile {
  return { ...profile, Roles: roleNames.map((name) => shownRole(findRole(state, name))) };
}
