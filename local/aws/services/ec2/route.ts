import type {
  CreateRouteCommandInput,
  DeleteRouteCommandInput,
  ReplaceRouteCommandInput,
  Route,
} from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import { parseCidr } from './cidr.ts';
import type { Ec2State } from './state.ts';

export function routeHandlers(state: Ec2State): Record<string, Handler> {
  const { routeTables } = state;
  return {
    CreateRoute: (input: CreateRouteCommandInput) => {
      const table = routeTables.get(input.RouteTableId);
      const route = newRoute(state, table.VpcId, input);
      if (table.Routes?.some((one) => one.DestinationCidrBlock === input.DestinationCidrBlock)) {
        throw new AwsError(
          'RouteAlreadyExists',
          `The route identified by ${input.DestinationCidrBlock} already exists.`,
        );
      }
      table.Routes = [...(table.Routes ?? []), route];
      return { Return: true };
    },
    ReplaceRoute: (input: ReplaceRouteCommandInput) => {
      const table = routeTables.get(input.RouteTableId);
      const known = findRoute(table.Routes, input);
      const route = newRoute(state, table.VpcId, input);
      table.Routes = table.Routes?.map((one) => (one === known ? route : one));
      return {};
    },
    DeleteRoute: (input: DeleteRouteCommandInput) => {
      const table = routeTables.get(input.RouteTableId);
      const known = findRoute(table.Routes, input);
      if (known.GatewayId === 'local') {
        throw new AwsError(
          'InvalidParameterValue',
          `cannot remove local route ${known.DestinationCidrBlock} in route table ${input.RouteTableId}`,
        );
      }
      table.Routes = table.Routes?.filter((one) => one !== known);
      return {};
    },
  };
}

/** Exactly one target, and it has to be there. */
function newRoute(state: Ec2State, VpcId: string | undefined, input: CreateRouteCommandInput): Route {
  const { DestinationCidrBlock, GatewayId, NatGatewayId } = input;
  if (!parseCidr(DestinationCidrBlock)) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${DestinationCidrBlock}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  if ((GatewayId === undefined) === (NatGatewayId === undefined)) {
    throw new AwsError(
      'InvalidParameterCombination',
      'You must specify exactly one of gateway-id and nat-gateway-id',
    );
  }
  const common = { DestinationCidrBlock, Origin: 'CreateRoute', State: 'active' } as const;
  if (NatGatewayId !== undefined) {
    state.natGateways.get(NatGatewayId);
    return { ...common, NatGatewayId };
  }
  const gateway = state.internetGateways.get(GatewayId);
  if (!gateway.Attachments?.some((attachment) => attachment.VpcId === VpcId)) {
    throw new AwsError(
      'InvalidGatewayID.NotFound',
      `The gateway ID '${GatewayId}' is not attached to network ${VpcId}`,
    );
  }
  return { ...common, GatewayId };
}

function findRoute(routes: readonly Route[] | undefined, input: DeleteRouteCommandInput): Route {
  const found = routes?.find((route) => route.DestinationCidrBlock === input.DestinationCidrBlock);
  if (found) return found;
  throw new AwsError(
    'InvalidRoute.NotFound',
    `no route with destination-cidr-block ${input.DestinationCidrBlock} in route table ${input.RouteTableId}`,
  );
}
