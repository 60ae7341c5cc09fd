import type {
  AllocateAddressCommandInput,
  CreateNatGatewayCommandInput,
  DeleteNatGatewayCommandInput,
  DescribeAddressesCommandInput,
  DescribeNatGatewaysCommandInput,
  NatGateway,
  ReleaseAddressCommandInput,
} from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import type { Ec2State } from './state.ts';
import { tagsFor } from './table.ts';

/** AWS takes one to two minutes. Nothing here passes through a NAT gateway, so a stack's start need not wait so long. */
const changeMs = 3_000;

export function natGatewayHandlers(state: Ec2State): Record<string, Handler> {
  const { natGateways, addresses } = state;
  return {
    CreateNatGateway: (input: CreateNatGatewayCommandInput) => ({
      NatGateway: createNatGateway(state, input),
    }),
    DescribeNatGateways: ({ NatGatewayIds, Filter, ...query }: DescribeNatGatewaysCommandInput) => {
      const { items, NextToken } = natGateways.list({ ids: NatGatewayIds, Filters: Filter, ...query });
      return { NatGateways: items, NextToken };
    },
    DeleteNatGateway: ({ NatGatewayId }: DeleteNatGatewayCommandInput) => {
      deleteNatGateway(state, natGateways.get(NatGatewayId));
      return { NatGatewayId };
    },
    AllocateAddress: ({ TagSpecifications }: AllocateAddressCommandInput) => {
      const AllocationId = addresses.newId();
      const PublicIp = freeAddress(state);
      addresses.add(AllocationId, {
        AllocationId,
        PublicIp,
        Domain: 'vpc',
        PublicIpv4Pool: 'amazon',
        NetworkBorderGroup: state.context.region,
        Tags: tagsFor('elastic-ip', TagSpecifications),
      });
      return { AllocationId, PublicIp, Domain: 'vpc', PublicIpv4Pool: 'amazon' };
    },
    DescribeAddresses: ({ AllocationIds, PublicIps, Filters = [] }: DescribeAddressesCommandInput) => {
      const byAddress = PublicIps?.length ? [{ Name: 'public-ip', Values: PublicIps }] : [];
      return { Addresses: addresses.list({ ids: AllocationIds, Filters: [...Filters, ...byAddress] }).items };
    },
    ReleaseAddress: ({ AllocationId = '' }: ReleaseAddressCommandInput) => {
      const { AssociationId, PublicIp } = addresses.get(AllocationId);
      if (AssociationId) throw new AwsError('InvalidIPAddress.InUse', `Address ${PublicIp} is in use.`);
      addresses.delete(AllocationId);
      return {};
    },
  };
}

function createNatGateway(state: Ec2State, input: CreateNatGatewayCommandInput): NatGateway {
  const { natGateways, addresses, context } = state;
  if (input.ConnectivityType === 'private') {
    throw new AwsError('UnsupportedOperation', 'Private NAT gateways are not supported here.');
  }
  if (!input.AllocationId) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter AllocationId');
  }
  const subnet = state.subnets.get(input.SubnetId);
  const address = addresses.get(input.AllocationId);
  if (address.AssociationId) {
    throw new AwsError(
      'Resource.AlreadyAssociated',
      `Elastic IP address [${address.AllocationId}] is already associated`,
    );
  }
  const NatGatewayId = natGateways.newId();
  address.AssociationId = `eipassoc-0${context.random.hex(16)}`;
  const { AllocationId, AssociationId, PublicIp } = address;
  const nat = natGateways.add(NatGatewayId, {
    NatGatewayId,
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
    State: 'pending',
    ConnectivityType: 'public',
    CreateTime: context.clock.now(),
    NatGatewayAddresses: [{ AllocationId, AssociationId, PublicIp, IsPrimary: true, Status: 'succeeded' }],
    Tags: tagsFor('natgateway', input.TagSpecifications),
  });
  const finish = (): void => {
    if (nat.State === 'pending') nat.State = 'available';
  };
  context.clock.after(changeMs, finish, context.signal);
  return { ...nat };
}

function deleteNatGateway({ addresses, context }: Ec2State, nat: NatGateway): void {
  if (nat.State === 'deleted' || nat.State === 'deleting') return;
  nat.State = 'deleting';
  const finish = (): void => {
    nat.State = 'deleted';
    nat.DeleteTime = context.clock.now();
    for (const { AllocationId = '' } of nat.NatGatewayAddresses ?? []) {
      if (addresses.has(AllocationId)) delete addresses.get(AllocationId).AssociationId;
    }
  };
  context.clock.after(changeMs, finish, context.signal);
}

/** 203.0.113.0/24 is for documentation (RFC 5737): nobody has these. */
function freeAddress({ addresses }: Ec2State): string {
  const taken = new Set(addresses.all().map(({ PublicIp }) => PublicIp));
  for (let host = 1; host < 255; host++) {
    if (!taken.has(`203.0.113.${host}`)) return `203.0.113.${host}`;
  }
  throw new AwsError('AddressLimitExceeded', 'The maximum number of addresses has been reached.');
}
