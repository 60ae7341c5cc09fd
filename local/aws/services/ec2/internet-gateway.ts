import type {
  AttachInternetGatewayCommandInput,
  AttachmentStatus,
  CreateInternetGatewayCommandInput,
  DeleteInternetGatewayCommandInput,
  DescribeInternetGatewaysCommandInput,
  DetachInternetGatewayCommandInput,
} from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import { dependencyViolation, type Ec2State } from './state.ts';
import { tagsFor } from './table.ts';

export function internetGatewayHandlers(state: Ec2State): Record<string, Handler> {
  const { internetGateways: gateways, context } = state;
  return {
    CreateInternetGateway: ({ TagSpecifications }: CreateInternetGatewayCommandInput) => {
      const InternetGatewayId = gateways.newId();
      const InternetGateway = gateways.add(InternetGatewayId, {
        InternetGatewayId,
        OwnerId: context.accountId,
        Attachments: [],
        Tags: tagsFor('internet-gateway', TagSpecifications),
      });
      return { InternetGateway };
    },
    DescribeInternetGateways: ({ InternetGatewayIds, ...query }: DescribeInternetGatewaysCommandInput) => {
      const { items, NextToken } = gateways.list({ ids: InternetGatewayIds, ...query });
      return { InternetGateways: items, NextToken };
    },
    AttachInternetGateway: (input: AttachInternetGatewayCommandInput) => attach(state, input),
    DetachInternetGateway: (input: DetachInternetGatewayCommandInput) => detach(state, input),
    DeleteInternetGateway: ({ InternetGatewayId = '' }: DeleteInternetGatewayCommandInput) => {
      const { Attachments = [] } = gateways.get(InternetGatewayId);
      if (Attachments.length > 0) throw dependencyViolation('internetGateway', InternetGatewayId);
      gateways.delete(InternetGatewayId);
      return {};
    },
  };
}

function attach(state: Ec2State, { InternetGatewayId, VpcId }: AttachInternetGatewayCommandInput): object {
  const gateway = state.internetGateways.get(InternetGatewayId);
  state.vpcs.get(VpcId);
  const [attached] = gateway.Attachments ?? [];
  if (attached) {
    throw new AwsError(
      'Resource.AlreadyAssociated',
      `resource ${InternetGatewayId} is already attached to network ${attached.VpcId}`,
    );
  }
  const other = state.internetGateways
    .all()
    .some(({ Attachments }) => Attachments?.some((attachment) => attachment.VpcId === VpcId));
  if (other) {
    throw new AwsError('InvalidParameterValue', `Network ${VpcId} already has an internet gateway attached`);
  }
  // The service says `available`, which its own model does not list.
  gateway.Attachments = [{ VpcId, State: 'available' as string as AttachmentStatus }];
  return {};
}

function detach(state: Ec2State, { InternetGatewayId, VpcId }: DetachInternetGatewayCommandInput): object {
  const gateway = state.internetGateways.get(InternetGatewayId);
  if (!gateway.Attachments?.some((attachment) => attachment.VpcId === VpcId)) {
    throw new AwsError(
      'Gateway.NotAttached',
      `resource ${InternetGatewayId} is not attached to network ${VpcId}`,
    );
  }
  const mapped = state.natGateways.all().some((nat) => nat.VpcId === VpcId && nat.State !== 'deleted');
  if (mapped) {
    throw new AwsError(
      'DependencyViolation',
      `Network ${VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
  }
  gateway.Attachments = [];
  return {};
}
