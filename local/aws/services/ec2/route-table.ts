import type {
  AssociateRouteTableCommandInput,
  CreateRouteTableCommandInput,
  DeleteRouteTableCommandInput,
  DescribeRouteTablesCommandInput,
  DisassociateRouteTableCommandInput,
  ReplaceRouteTableAssociationCommandInput,
  RouteTable,
  RouteTableAssociation,
  Tag,
  Vpc,
} from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import { dependencyViolation, type Ec2State } from './state.ts';
import { tagsFor } from './table.ts';

export function routeTableHandlers(state: Ec2State): Record<string, Handler> {
  const { routeTables } = state;
  return {
    CreateRouteTable: ({ VpcId, TagSpecifications }: CreateRouteTableCommandInput) => {
      return {
        RouteTable: addRouteTable(state, state.vpcs.get(VpcId), tagsFor('route-table', TagSpecifications)),
      };
    },
    DescribeRouteTables: ({ RouteTableIds, ...query }: DescribeRouteTablesCommandInput) => {
      const { items, NextToken } = routeTables.list({ ids: RouteTableIds, ...query });
      return { RouteTables: items, NextToken };
    },
    DeleteRouteTable: ({ RouteTableId = '' }: DeleteRouteTableCommandInput) => {
      const { Associations = [] } = routeTables.get(RouteTableId);
      if (Associations.length > 0) throw dependencyViolation('routeTable', RouteTableId);
      routeTables.delete(RouteTableId);
      return {};
    },
    AssociateRouteTable: ({ RouteTableId, SubnetId }: AssociateRouteTableCommandInput) => {
      const table = routeTables.get(RouteTableId);
      state.subnets.get(SubnetId);
      refuseSecond(state, SubnetId);
      const association = associate(state, table, { SubnetId, Main: false });
      return {
        AssociationId: association.RouteTableAssociationId,
        AssociationState: { State: 'associated' },
      };
    },
    ReplaceRouteTableAssociation: ({
      AssociationId,
      RouteTableId,
    }: ReplaceRouteTableAssociationCommandInput) => {
      const { table, association } = findAssociation(state, AssociationId);
      const target = routeTables.get(RouteTableId);
      remove(table, association);
      const { SubnetId, Main } = association;
      const replaced = associate(state, target, { SubnetId, Main });
      return {
        NewAssociationId: replaced.RouteTableAssociationId,
        AssociationState: { State: 'associated' },
      };
    },
    DisassociateRouteTable: ({ AssociationId }: DisassociateRouteTableCommandInput) => {
      const { table, association } = findAssociation(state, AssociationId);
      if (association.Main) {
        throw new AwsError(
          'InvalidParameterValue',
          `cannot disassociate the main route table association ${AssociationId}`,
        );
      }
      remove(table, association);
      return {};
    },
  };
}

export function addMainRouteTable(state: Ec2State, vpc: Vpc): void {
  associate(state, addRouteTable(state, vpc, []), { Main: true });
}

function addRouteTable({ routeTables, context }: Ec2State, vpc: Vpc, Tags: Tag[]): RouteTable {
  const RouteTableId = routeTables.newId();
  return routeTables.add(RouteTableId, {
    RouteTableId,
    VpcId: vpc.VpcId,
    OwnerId: context.accountId,
    Routes: [
      {
        DestinationCidrBlock: vpc.CidrBlock,
        GatewayId: 'local',
        Origin: 'CreateRouteTable',
        State: 'active',
      },
    ],
    Associations: [],
    PropagatingVgws: [],
    Tags,
  });
}

function associate(
  { context }: Ec2State,
  table: RouteTable,
  to: Pick<RouteTableAssociation, 'SubnetId' | 'Main'>,
): RouteTableAssociation {
  const association: RouteTableAssociation = {
    RouteTableAssociationId: `rtbassoc-0${context.random.hex(16)}`,
    RouteTableId: table.RouteTableId,
    AssociationState: { State: 'associated' },
    ...to,
  };
  table.Associations = [...(table.Associations ?? []), association];
  return association;
}

function remove(table: RouteTable, association: RouteTableAssociation): void {
  table.Associations = table.Associations?.filter((one) => one !== association);
}

function refuseSecond({ routeTables }: Ec2State, SubnetId: string | undefined): void {
  for (const { RouteTableId, Associations = [] } of routeTables.all()) {
    if (!Associations.some((association) => association.SubnetId === SubnetId)) continue;
    throw new AwsError(
      'Resource.AlreadyAssociated',
      `the specified association for route table ${RouteTableId} conflicts with an existing association`,
    );
  }
}

function findAssociation(
  { routeTables }: Ec2State,
  id: string | undefined,
): { table: RouteTable; association: RouteTableAssociation } {
  for (const table of routeTables.all()) {
    const association = table.Associations?.find((one) => one.RouteTableAssociationId === id);
    if (association) return { table, association };
  }
  throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
}
