import type { DescribeInstancesCommandInput, Instance } from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import { pageOf } from '../page.ts';
import { matchesFilters } from './filters.ts';

/** Nothing starts instances here: they are the cluster's nodes, which another plane knows. */
export function instanceHandlers(
  instances: () => readonly Instance[],
  ownerId: string,
): Record<string, Handler> {
  return {
    DescribeInstances: (input: DescribeInstancesCommandInput) => {
      const { InstanceIds, Filters = [], MaxResults = 1000, NextToken } = input;
      const all = instances();
      const missing = InstanceIds?.find((id) => !all.some(({ InstanceId }) => InstanceId === id));
      if (missing) {
        throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${missing}' does not exist`);
      }
      const wanted = all
        .filter(({ InstanceId = '' }) => !InstanceIds?.length || InstanceIds.includes(InstanceId))
        .filter((instance) => matchesFilters(instance, Filters, fields));
      const page = pageOf(wanted, {
        from: NextToken,
        limit: MaxResults,
        keyOf: ({ InstanceId = '' }) => InstanceId,
      });
      const Reservations = page.items.map((instance) => ({
        ReservationId: `r-${instance.InstanceId?.slice(2)}`,
        OwnerId: ownerId,
        Groups: [],
        Instances: [instance],
      }));
      return { Reservations, NextToken: page.next };
    },
  };
}

const fields = {
  'instance-id': (instance: Instance) => instance.InstanceId,
  'instance-state-name': (instance: Instance) => instance.State?.Name,
  'instance-type': (instance: Instance) => instance.InstanceType,
  'availability-zone': (instance: Instance) => instance.Placement?.AvailabilityZone,
  'private-dns-name': (instance: Instance) => instance.PrivateDnsName,
  'private-ip-address': (instance: Instance) => instance.PrivateIpAddress,
  'subnet-id': (instance: Instance) => instance.SubnetId,
  'vpc-id': (instance: Instance) => instance.VpcId,
};
