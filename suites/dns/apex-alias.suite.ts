import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import {
  ChangeResourceRecordSetsCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
} from '@aws-sdk/client-route-53';
import { eventually } from '../../fixtures/eventually.ts';
import type { Mutant } from '../../fixtures/mutants/mutant.ts';
import { must } from '../../fixtures/outcome.ts';
import type { DnsProbe } from '../../fixtures/probes/dns.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { Session } from '../../fixtures/session.ts';
import { timeouts } from '../../fixtures/timeouts.ts';

/** CloudFront's one hosted zone for aliases (reference §1). */
const cloudFrontZone = 'Z2FDTNDATAQYW2';

/** The apex is a plain address record to somewhere else. */
const apexPointsElsewhere: Mutant = {
  name: 'apex-points-elsewhere',
  via: 'aws',
  reason: /alias/,
  apply: async (session) => {
    const { zoneId, record } = await apexRecord(session);
    const change = async (wanted: ResourceRecordSet) => {
      await session.stack.aws.route53.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId: zoneId,
          ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: wanted }] },
        }),
      );
      const address = wanted.ResourceRecords?.[0]?.Value;
      const { dns } = session.dialer;
      await eventually({
        clock: session.clock,
        signal: new AbortController().signal,
        what: 'the changed apex record to be served',
        within: timeouts.dnsChange,
        look: () => dns.addresses(session.deployment.domain.name),
        until: (addresses) => addresses.length > 0 && addresses.includes(address ?? '') === Boolean(address),
        otherwise: 'inconclusive',
      });
    };
    await change({ Name: record.Name, Type: 'A', TTL: 60, ResourceRecords: [{ Value: '127.0.0.1' }] });
    return () => change(record);
  },
};

export default requirement(
  {
    id: 'DNS-1',
    title:
      'resolves its alias to the distribution from every authoritative server, without a CNAME at the apex',
    level: 'core',
    layers: ['aws', 'edge'],
    refs: ['Route 53 Developer Guide, Routing traffic to a CloudFront distribution'],
    mutants: [apexPointsElsewhere],
  },
  async (session) => {
    const { deployment, dialer, stack, evidence } = session;
    const { distributionDomainName } = stack.descriptor.resources;
    const { record, nameServers } = await apexRecord(session);
    must(
      record.AliasTarget?.HostedZoneId === cloudFrontZone &&
        record.AliasTarget.DNSName?.replace(/\.$/, '') === distributionDomainName,
      'The apex record is not an alias to the distribution',
      { expected: `alias to ${distributionDomainName} in ${cloudFrontZone}`, observed: record },
    );
    must(
      record.AliasTarget?.EvaluateTargetHealth === false,
      'The alias evaluates target health, which CloudFront forbids',
      {
        expected: false,
        observed: record.AliasTarget?.EvaluateTargetHealth,
      },
    );
    const target = await dialer.dns.addresses(distributionDomainName);
    must(target.length > 0, 'The distribution’s own name has no address', {
      expected: 'addresses',
      observed: target,
    });
    must(nameServers.length > 0, 'The hosted zone has no name servers', {
      expected: 'name servers',
      observed: [],
    });
    for (const nameServer of nameServers) {
      const [address] = await dialer.dns.addresses(nameServer);
      must(address !== undefined, `Name server ${nameServer} has no address`, {
        expected: 'an address',
        observed: 'none',
      });
      const server = dialer.dnsAt(address);
      await mustAnswer(server, nameServer, deployment.domain, target);
    }
    evidence('authoritative servers asked', nameServers);
  },
);

async function mustAnswer(
  server: DnsProbe,
  nameServer: string,
  { name, ipv6 }: { readonly name: string; readonly ipv6: boolean },
  target: readonly string[],
): Promise<void> {
  const answer = await server.ask(name, 'A');
  const addresses = answer.answers.flatMap((entry) => (entry.type === 'A' ? [entry.data] : []));
  must(
    answer.code === 'NOERROR' && answer.authoritative,
    `${nameServer} does not answer for the apex with authority`,
    {
      expected: 'an authoritative NOERROR',
      observed: { code: answer.code, authoritative: answer.authoritative },
    },
  );
  must(!answer.answers.some(({ type }) => type === 'CNAME'), `${nameServer} answers a CNAME at the apex`, {
    expected: 'A records',
    observed: answer.answers,
  });
  must(
    addresses.length > 0 && addresses.every((entry) => target.includes(entry)),
    `${nameServer} resolves the apex to something other than the alias's distribution`,
    { expected: target, observed: addresses },
  );
  if (!ipv6) return;
  const six = await server.ask(name, 'AAAA');
  must(
    six.answers.some(({ type }) => type === 'AAAA'),
    `${nameServer} has no AAAA for the apex`,
    {
      expected: 'AAAA records, for IPv6 is on',
      observed: six.answers,
    },
  );
}

async function apexRecord({ stack, deployment }: Pick<Session, 'stack' | 'deployment'>): Promise<{
  zoneId: string;
  nameServers: readonly string[];
  record: ResourceRecordSet;
}> {
  const { route53 } = stack.aws;
  const { name, zone } = deployment.domain;
  const { HostedZones = [] } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: zone }));
  const zoneId = HostedZones.find((entry) => entry.Name === `${zone}.`)?.Id;
  must(zoneId !== undefined, 'The declared hosted zone does not exist', {
    expected: zone,
    observed: HostedZones.length,
  });
  const { DelegationSet } = await route53.send(new GetHostedZoneCommand({ Id: zoneId }));
  const { ResourceRecordSets = [] } = await route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, StartRecordName: name, StartRecordType: 'A' }),
  );
  const record = ResourceRecordSets.find((entry) => entry.Name === `${name}.` && entry.Type === 'A');
  must(record !== undefined, 'The apex has no A record', {
    expected: `${name}. A`,
    observed: ResourceRecordSets.length,
  });
  return { zoneId, nameServers: DelegationSet?.NameServers ?? [], record };
}
