import type { AvailabilityZone, DescribeAvailabilityZonesCommandInput } from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import { matchesFilters } from './filters.ts';

/** Zone ids as one account may have them; use1-az3 is left out because EKS has no control plane there. */
const zones = [
  ['a', '1'],
  ['b', '2'],
  ['c', '4'],
] as const;

export function availabilityZones(
  region: string,
): (AvailabilityZone & { ZoneName: string; ZoneId: string })[] {
  return zones.map(([letter, number]) => ({
    State: 'available',
    OptInStatus: 'opt-in-not-required',
    Messages: [],
    RegionName: region,
    ZoneName: `${region}${letter}`,
    ZoneId: `use1-az${number}`,
    GroupName: `${region}-zg-1`,
    NetworkBorderGroup: region,
    ZoneType: 'availability-zone',
  }));
}

export function zoneHandlers(region: string): Record<string, Handler> {
  return {
    DescribeAvailabilityZones: ({
      ZoneNames,
      ZoneIds,
      Filters = [],
    }: DescribeAvailabilityZonesCommandInput) => {
      const all = availabilityZones(region);
      const unknown = ZoneNames?.find((name) => !all.some(({ ZoneName }) => ZoneName === name));
      if (unknown) throw new AwsError('InvalidParameterValue', `Invalid availability zone: [${unknown}]`);
      const found = all
        .filter(({ ZoneName }) => !ZoneNames?.length || ZoneNames.includes(ZoneName))
        .filter(({ ZoneId }) => !ZoneIds?.length || ZoneIds.includes(ZoneId))
        .filter((zone) => matchesFilters(zone, Filters, fields));
      return { AvailabilityZones: found };
    },
  };
}

const fields = {
  'zone-name': (zone: AvailabilityZone) => zone.ZoneName,
  'zone-id': (zone: AvailabilityZone) => zone.ZoneId,
  'region-name': (zone: AvailabilityZone) => zone.RegionName,
  state: (zone: AvailabilityZone) => zone.State,
  'zone-type': (zone: AvailabilityZone) => zone.ZoneType,
  'opt-in-status': (zone: AvailabilityZone) => zone.OptInStatus,
};
