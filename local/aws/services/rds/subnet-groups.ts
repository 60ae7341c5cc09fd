import type {
  CreateDBSubnetGroupMessage,
  CreateDBSubnetGroupResult,
  DBSubnetGroup,
  DBSubnetGroupMessage,
  DeleteDBSubnetGroupMessage,
  DescribeDBSubnetGroupsMessage,
  ModifyDBSubnetGroupMessage,
  ModifyDBSubnetGroupResult,
} from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { describePage } from './describe-page.ts';
import { invalidValue } from './errors.ts';
import type { RdsState } from './state.ts';
import { arnOf } from './state.ts';

export function subnetGroupHandlers(state: RdsState) {
  return {
    CreateDBSubnetGroup: (input: CreateDBSubnetGroupMessage): CreateDBSubnetGroupResult => {
      const name = (input.DBSubnetGroupName ?? '').toLowerCase();
      if (!/^[a-z0-9][a-z0-9 ._-]{0,254}$/.test(name) || name === 'default')
        throw invalidValue(`The parameter DBSubnetGroupName is not a valid name: ${name}`);
      if (state.subnetGroups.has(name))
        throw new AwsError('DBSubnetGroupAlreadyExists', `The DB subnet group '${name}' already exists.`);
      const group = writeGroup(state, name, input);
      state.tags.add(arnOf(state, 'subgrp', name), input.Tags ?? []);
      return { DBSubnetGroup: group };
    },
    ModifyDBSubnetGroup: (input: ModifyDBSubnetGroupMessage): ModifyDBSubnetGroupResult => {
      const existing = findSubnetGroup(state, input.DBSubnetGroupName);
      const description = input.DBSubnetGroupDescription ?? existing.DBSubnetGroupDescription;
      const name = existing.DBSubnetGroupName ?? '';
      return { DBSubnetGroup: writeGroup(state, name, { ...input, DBSubnetGroupDescription: description }) };
    },
    DeleteDBSubnetGroup: ({ DBSubnetGroupName }: DeleteDBSubnetGroupMessage): undefined => {
      const { DBSubnetGroupName: name = '' } = findSubnetGroup(state, DBSubnetGroupName);
      const user = [...state.instances.values(), ...state.clusters.values()].find(
        ({ subnetGroup }) => subnetGroup === name,
      );
      if (user)
        throw new AwsError(
          'InvalidDBSubnetGroupStateFault',
          `Cannot delete the subnet group '${name}' because at least one database instance: ${user.identifier} is still using it.`,
        );
      state.subnetGroups.delete(name);
      state.tags.drop(arnOf(state, 'subgrp', name));
    },
    DescribeDBSubnetGroups: (input: DescribeDBSubnetGroupsMessage): DBSubnetGroupMessage => {
      const { DBSubnetGroupName: name } = input;
      const groups = name ? [findSubnetGroup(state, name)] : state.subnetGroups.values();
      const page = describePage(groups, input, (group) => group.DBSubnetGroupName ?? '');
      return { DBSubnetGroups: page.items, Marker: page.Marker };
    },
  };
}

export function findSubnetGroup({ subnetGroups }: RdsState, name = ''): DBSubnetGroup {
  const group = subnetGroups.get(name.toLowerCase());
  if (!group) throw new AwsError('DBSubnetGroupNotFoundFault', `DB subnet group '${name}' does not exist.`);
  return group;
}

export function zonesOf({ Subnets = [] }: DBSubnetGroup): string[] {
  return [...new Set(Subnets.map((subnet) => subnet.SubnetAvailabilityZone?.Name ?? ''))].sort();
}

function writeGroup(
  state: RdsState,
  name: string,
  { SubnetIds = [], DBSubnetGroupDescription }: Omit<ModifyDBSubnetGroupMessage, 'DBSubnetGroupName'>,
): DBSubnetGroup {
  const places = state.ports.subnets(SubnetIds);
  const known = new Set(places.map(({ subnetId }) => subnetId));
  const unknown = SubnetIds.filter((id) => !known.has(id));
  if (unknown.length > 0 || new Set(places.map(({ vpcId }) => vpcId)).size > 1)
    throw new AwsError('InvalidSubnet', `Some input subnets in :[${unknown.join(', ')}] are invalid.`);
  const group: DBSubnetGroup = {
    DBSubnetGroupName: name,
    DBSubnetGroupDescription,
    DBSubnetGroupArn: arnOf(state, 'subgrp', name),
    VpcId: places[0]?.vpcId,
    SubnetGroupStatus: 'Complete',
    Subnets: places.map(({ subnetId, zone }) => ({
      SubnetIdentifier: subnetId,
      SubnetAvailabilityZone: { Name: zone },
      SubnetStatus: 'Active',
    })),
    SupportedNetworkTypes: ['IPV4'],
  };
  const zones = zonesOf(group);
  if (zones.length < 2)
    throw new AwsError(
      'DBSubnetGroupDoesNotCoverEnoughAZs',
      `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: ${zones.join(', ')}. Add subnets to cover at least 2 AZs.`,
    );
  state.subnetGroups.set(name, group);
  return group;
}
