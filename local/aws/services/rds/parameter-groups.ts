import type {
  CreateDBParameterGroupMessage,
  CreateDBParameterGroupResult,
  DBParameterGroupDetails,
  DBParameterGroupNameMessage,
  DBParameterGroupsMessage,
  DeleteDBParameterGroupMessage,
  DescribeDBParameterGroupsMessage,
  DescribeDBParametersMessage,
  ModifyDBParameterGroupMessage,
  Parameter,
  ResetDBParameterGroupMessage,
} from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import type { ParameterChange } from './apply-parameters.ts';
import { applyParameters } from './apply-parameters.ts';
import { describePage } from './describe-page.ts';
import { parameterGroupFamilies } from './engine-versions.ts';
import { invalidCombination, invalidValue } from './errors.ts';
import { checkParameter, isDynamic, knownParameters } from './parameters.ts';
import type { RdsState, StoredParameterGroup } from './state.ts';
import { arnOf } from './state.ts';

export function parameterGroupHandlers(state: RdsState) {
  for (const family of parameterGroupFamilies)
    addGroup(state, `default.${family}`, family, `Default parameter group for ${family}`);
  return {
    CreateDBParameterGroup: (input: CreateDBParameterGroupMessage) => createGroup(state, input),
    ModifyDBParameterGroup: (input: ModifyDBParameterGroupMessage) => modifyGroup(state, input),
    ResetDBParameterGroup: (input: ResetDBParameterGroupMessage) => resetGroup(state, input),
    DeleteDBParameterGroup: (input: DeleteDBParameterGroupMessage) => deleteGroup(state, input),
    DescribeDBParameterGroups: (input: DescribeDBParameterGroupsMessage): DBParameterGroupsMessage => {
      const { DBParameterGroupName: name } = input;
      const groups = name ? [findParameterGroup(state, name)] : state.parameterGroups.values();
      const page = describePage(groups, input, ({ group }) => group.DBParameterGroupName ?? '');
      return { DBParameterGroups: page.items.map(({ group }) => group), Marker: page.Marker };
    },
    DescribeDBParameters: (input: DescribeDBParametersMessage): DBParameterGroupDetails => {
      const { values } = findParameterGroup(state, input.DBParameterGroupName);
      const all = knownParameters
        .map((parameter) => withValue(parameter, values))
        .filter(({ Source }) => !input.Source || input.Source === Source);
      const page = describePage(all, input, ({ ParameterName = '' }) => ParameterName);
      return { Parameters: page.items, Marker: page.Marker };
    },
  };
}

export function findParameterGroup({ parameterGroups }: RdsState, name = ''): StoredParameterGroup {
  const found = parameterGroups.get(name.toLowerCase());
  if (!found) throw new AwsError('DBParameterGroupNotFound', `DBParameterGroup not found: ${name}`);
  return found;
}

function addGroup(state: RdsState, name: string, family: string, description: string): StoredParameterGroup {
  const stored: StoredParameterGroup = {
    group: {
      DBParameterGroupName: name,
      DBParameterGroupFamily: family,
      Description: description,
      DBParameterGroupArn: arnOf(state, 'pg', name),
    },
    values: new Map(),
  };
  state.parameterGroups.set(name, stored);
  return stored;
}

function createGroup(state: RdsState, input: CreateDBParameterGroupMessage): CreateDBParameterGroupResult {
  const name = (input.DBParameterGroupName ?? '').toLowerCase();
  const family = input.DBParameterGroupFamily ?? '';
  if (!/^[a-z](-?[a-z0-9])*$/.test(name) || name.length > 255)
    throw invalidValue(
      'The parameter DBParameterGroupName is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.',
    );
  if (!parameterGroupFamilies.includes(family))
    throw invalidValue(`ParameterGroupFamily ${family} is not a valid parameter group family`);
  if (state.parameterGroups.has(name))
    throw new AwsError('DBParameterGroupAlreadyExists', `Parameter group ${name} already exists`);
  const { group } = addGroup(state, name, family, input.Description ?? '');
  state.tags.add(group.DBParameterGroupArn ?? '', input.Tags ?? []);
  return { DBParameterGroup: group };
}

function modifyGroup(
  state: RdsState,
  { DBParameterGroupName, Parameters = [] }: ModifyDBParameterGroupMessage,
): DBParameterGroupNameMessage {
  const { group, values } = findModifiable(state, DBParameterGroupName);
  for (const parameter of Parameters) checkParameter(parameter);
  for (const { ParameterName = '', ParameterValue = '', ApplyMethod } of Parameters) {
    values.set(ParameterName, ParameterValue);
    state.events.add({
      identifier: group.DBParameterGroupName ?? '',
      sourceType: 'db-parameter-group',
      message: `Updated parameter ${ParameterName} to ${ParameterValue} with apply method ${ApplyMethod}`,
      categories: ['configuration change'],
    });
  }
  applyParameters(state, group.DBParameterGroupName ?? '', Parameters.map(changeOf));
  return { DBParameterGroupName: group.DBParameterGroupName };
}

function changeOf({
  ParameterName: name = '',
  ParameterValue: value,
  ApplyMethod,
}: Parameter): ParameterChange {
  return { name, value, waits: ApplyMethod === 'pending-reboot' && isDynamic(name) };
}

/** Dynamic parameters at once, static ones with the next reboot, unless each is told otherwise. */
function resetGroup(
  state: RdsState,
  { DBParameterGroupName, ResetAllParameters, Parameters = [] }: ResetDBParameterGroupMessage,
): DBParameterGroupNameMessage {
  const { group, values } = findModifiable(state, DBParameterGroupName);
  if (ResetAllParameters && Parameters.length > 0)
    throw invalidCombination('ResetAllParameters cannot be specified together with Parameters.');
  const reset =
    Parameters.length > 0 || ResetAllParameters === false
      ? Parameters
      : [...values.keys()].map((ParameterName) => ({ ParameterName }));
  for (const { ParameterName = '' } of reset) values.delete(ParameterName);
  const changes = reset.map((parameter) => changeOf({ ...parameter, ParameterValue: undefined }));
  applyParameters(state, group.DBParameterGroupName ?? '', changes);
  return { DBParameterGroupName: group.DBParameterGroupName };
}

function deleteGroup(state: RdsState, { DBParameterGroupName }: DeleteDBParameterGroupMessage): undefined {
  const { group } = findModifiable(state, DBParameterGroupName);
  const name = group.DBParameterGroupName ?? '';
  if ([...state.instances.values()].some(({ parameterGroup }) => parameterGroup === name))
    throw new AwsError(
      'InvalidDBParameterGroupState',
      'One or more database instances are still members of this parameter group, so the group cannot be deleted',
    );
  state.parameterGroups.delete(name);
  state.tags.drop(group.DBParameterGroupArn ?? '');
}

function findModifiable(state: RdsState, name = ''): StoredParameterGroup {
  const found = findParameterGroup(state, name);
  if (!name.startsWith('default.')) return found;
  throw invalidValue(
    'The parameter DBParameterGroupName is not a valid identifier. Default parameter groups cannot be changed or deleted.',
  );
}

function withValue(parameter: Parameter, values: ReadonlyMap<string, string>): Parameter {
  const value = values.get(parameter.ParameterName ?? '');
  return value === undefined ? parameter : { ...parameter, ParameterValue: value, Source: 'user' };
}
