import type { AwsControlPlane } from './aws.ts';
import type { NamedAddresses } from './zones.ts';

/** AWS's own names and where they lead: distributions, load balancers, database endpoints, buckets. */
export function namesOf(
  { cloudfront, elbv2, rds, s3 }: Pick<AwsControlPlane, 'cloudfront' | 'elbv2' | 'rds' | 's3'>,
  places: {
    readonly edge: readonly string[];
    readonly storage: string;
    readonly region: string;
    readonly databaseTtlSeconds: number;
  },
): readonly NamedAddresses[] {
  const { region, databaseTtlSeconds } = places;
  return [
    ...cloudfront.snapshot().distributions.map(({ domainName }) => ({
      name: domainName,
      addresses: places.edge,
      ttlSeconds: 60,
    })),
    ...elbv2.snapshot().loadBalancers.map(({ loadBalancer, addresses }) => ({
      name: loadBalancer.DNSName ?? '',
      addresses: addresses.map(({ address }) => address),
      ttlSeconds: 60,
    })),
    ...rds.snapshot().endpoints.map((endpoint) => ({ ...endpoint, ttlSeconds: databaseTtlSeconds })),
    ...s3
      .snapshot()
      .buckets.flatMap(({ name }) =>
        [
          `${name}.s3.${region}.amazonaws.com`,
          `${name}.s3.amazonaws.com`,
          `${name}.s3-website-${region}.amazonaws.com`,
        ].map((host) => ({ name: host, addresses: [places.storage], ttlSeconds: 60 })),
      ),
  ];
}
