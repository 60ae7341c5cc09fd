import type { HostedZoneSnapshot } from '../aws/services/route53/route53.ts';
import type { DnsZone } from '../dns/server.ts';

export interface NamedAddresses {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly ttlSeconds: number;
}

/** The account's hosted zones, and the zones of AWS's own names. */
export function zonesOf(
  hostedZones: readonly HostedZoneSnapshot[],
  names: readonly NamedAddresses[],
  serverAddress: string,
): readonly DnsZone[] {
  const nameServers = [...new Set(hostedZones.flatMap((zone) => zone.nameServers))].map((name) => ({
    name,
    addresses: [serverAddress],
    ttlSeconds: 172_800,
  }));
  return [
    ...hostedZones.map(({ name, nameServers: servers, records }) => ({
      name,
      soa: soaOf(servers[0] ?? awsNameServer),
      nameServers: servers,
      recordSets: records,
    })),
    ...serviceZones([...names, ...nameServers]),
  ];
}

const awsNameServer = 'ns-1.amazonaws.com';

/** One zone a parent domain: `d1.cloudfront.net` lies in `cloudfront.net`. */
function serviceZones(names: readonly NamedAddresses[]): readonly DnsZone[] {
  const byParent = Map.groupBy(names, ({ name }) => name.slice(name.indexOf('.') + 1));
  return [...byParent].map(([parent, children]) => ({
    name: `${parent}.`,
    soa: soaOf(awsNameServer),
    nameServers: [awsNameServer],
    recordSets: children.map(({ name, addresses, ttlSeconds }) => ({
      Name: `${name}.`,
      Type: 'A',
      TTL: ttlSeconds,
      ResourceRecords: addresses.map((Value) => ({ Value })),
    })),
  }));
}

/** Route 53's own values: serial 1, minimum 86400; negative answers live 900 s (reference §1). */
function soaOf(nameServer: string): string {
  return `${nameServer}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`;
}
