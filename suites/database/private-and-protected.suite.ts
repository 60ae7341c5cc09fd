import { BlockList, isIPv6 } from 'node:net';
import type { DBInstance } from '@aws-sdk/client-rds';
import { describeDatabase } from '../../fixtures/faults/database/describe-database.ts';
import { databaseInstanceMutant } from '../../fixtures/mutants/database-instance.ts';
import {
  closedDatabaseMutant,
  openedDatabaseMutant,
} from '../../fixtures/mutants/database-security-group.ts';
import { must, Unsupported } from '../../fixtures/outcome.ts';
import type { DatabasePeer } from '../../fixtures/probes/database-peers.ts';
import { databasePeers } from '../../fixtures/probes/database-peers.ts';
import { greetPostgres } from '../../fixtures/probes/postgres-greeting.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { Session } from '../../fixtures/session.ts';
import { databaseSources } from '../../provisioning/deployment/database-sources.ts';
import type { Deployment } from '../../provisioning/deployment/schema.ts';

type Declared = Exclude<Deployment['database'], 'none'>;

export default requirement(
  {
    id: 'RDS-1',
    title:
      'is Multi-AZ, private, encrypted, reachable from the declared sources only, with backups and deletion protection',
    level: 'core',
    layers: ['aws', 'database'],
    applies: ({ database }) => database !== 'none',
    refs: [
      'Amazon RDS User Guide, Working with a DB instance in a VPC',
      'Amazon RDS User Guide, Controlling access with security groups',
    ],
    mutants: [
      databaseInstanceMutant('single-zone-database', /no standby in another zone/, 'MultiAZ', false),
      databaseInstanceMutant('public-database', /publicly accessible/, 'PubliclyAccessible', true),
      databaseInstanceMutant('unprotected-database', /deletion/, 'DeletionProtection', false),
      databaseInstanceMutant('database-without-backups', /backups/, 'BackupRetentionPeriod', 0),
      openedDatabaseMutant('database-open-to-all', /An undeclared source reaches/, '0.0.0.0/0'),
      openedDatabaseMutant('database-open-to-one-more', /let an undeclared source in/, '203.0.113.0/24'),
      closedDatabaseMutant('administrators-shut-out', /A declared source does not reach/, 'IpRanges'),
      closedDatabaseMutant('nodes-shut-out', /do not let a declared source in/, 'UserIdGroupPairs'),
    ],
  },
  async (session) => {
    const { deployment, evidence } = session;
    if (deployment.database === 'none') return;
    const instance = await describeDatabase(session);
    evidence('DB instance', shown(instance));
    mustBeAsDeclared(instance, deployment.database);
    const address = await mustBePrivate(session);
    await mustAnswerDeclaredSourcesOnly(session, address);
    const peers = await databasePeers(session, instance);
    evidence('sources that the security groups let in', peers);
    mustNameDeclaredSourcesOnly(session, peers);
  },
);

function mustBeAsDeclared(instance: DBInstance, declared: Declared): void {
  const { AvailabilityZone, SecondaryAvailabilityZone, DBSubnetGroup } = instance;
  const zones = new Set(
    DBSubnetGroup?.Subnets?.map(({ SubnetAvailabilityZone }) => SubnetAvailabilityZone?.Name),
  );
  must(
    instance.MultiAZ === true &&
      SecondaryAvailabilityZone !== undefined &&
      SecondaryAvailabilityZone !== AvailabilityZone,
    'The database has no standby in another zone',
    { expected: 'Multi-AZ, in two zones', observed: shown(instance) },
  );
  must(zones.size >= 2, 'The database’s subnet group leaves a standby no second zone', {
    expected: 'subnets in two zones or more',
    observed: [...zones],
  });
  must(instance.PubliclyAccessible === false, 'The database is publicly accessible', {
    expected: false,
    observed: instance.PubliclyAccessible,
  });
  must(instance.StorageEncrypted === true, 'The database’s storage is not encrypted', {
    expected: true,
    observed: instance.StorageEncrypted,
  });
  const { backupRetentionDays, deletionProtection } = declared;
  must((instance.BackupRetentionPeriod ?? 0) >= backupRetentionDays, 'The database keeps too few backups', {
    expected: `at least ${backupRetentionDays} days`,
    observed: `${instance.BackupRetentionPeriod} days`,
  });
  must(
    !deletionProtection || instance.DeletionProtection === true,
    'The database is not protected from deletion',
    {
      expected: true,
      observed: instance.DeletionProtection,
    },
  );
}

/** RFC 1918 and RFC 6598, and loopback, where a local stack lives. */
const privateAddresses = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
] as const)
  privateAddresses.addSubnet(network, prefix);

async function mustBePrivate({ stack, dialer }: Session): Promise<string> {
  const addresses = await dialer.dns.addresses(stack.descriptor.resources.databaseEndpoint);
  const [first] = addresses;
  must(
    first !== undefined && addresses.every((address) => privateAddresses.check(address)),
    'The database’s name leads to an address that is not private',
    { expected: 'private addresses', observed: addresses },
  );
  return first;
}

/** Stack milliseconds without a word after which a source counts as shut out: an answer takes a thousandth of it. */
const silenceMs = 20_000;

async function mustAnswerDeclaredSourcesOnly(session: Session, host: string): Promise<void> {
  const { stack, dialer, clock, viewerAddress, evidence } = session;
  const undeclared = viewerAddress();
  if (!stack.descriptor.runnerSources || undeclared === undefined)
    throw new Unsupported('The runner has no source address that is declared, or none that is not');
  const { databasePort: port } = stack.descriptor.resources;
  const timeoutMs = clock.ioTimeoutWallMs(silenceMs);
  const knock = (from?: string) => greetPostgres(dialer, { host, port, from, timeoutMs });
  const before = await knock();
  const [seen, meanwhile] = [await knock(undeclared), await knock()];
  evidence('who is answered', { declared: [before, meanwhile], undeclared: { from: undeclared, ...seen } });
  for (const answer of [before, meanwhile])
    must(answer.kind === 'answered', 'A declared source does not reach the database', {
      expected: 'an answer',
      observed: answer,
    });
  must(seen.kind !== 'answered', 'An undeclared source reaches the database', {
    expected: 'no answer',
    observed: { from: undeclared, ...seen },
  });
}

function mustNameDeclaredSourcesOnly({ deployment, stack }: Session, peers: readonly DatabasePeer[]): void {
  const { cidrs, securityGroups } = databaseSources(deployment);
  const { runnerSources = [] } = stack.descriptor;
  const declaredCidr = (id: string) => [...cidrs, ...runnerSources].some((cidr) => contains(cidr, id));
  const isDeclared = ({ kind, id, name = id }: DatabasePeer) =>
    kind === 'cidr'
      ? declaredCidr(id)
      : kind === 'security-group' && (securityGroups.includes(id) || securityGroups.includes(name));
  const undeclared = peers.filter((peer) => !isDeclared(peer));
  must(undeclared.length === 0, 'The database’s security groups let an undeclared source in', {
    expected: { cidrs, securityGroups, runnerSources },
    observed: undeclared,
  });
  const missing = [
    ...cidrs.filter((cidr) => !peers.some(({ kind, id }) => kind === 'cidr' && contains(id, cidr))),
    ...securityGroups.filter((group) => !peers.some(({ id, name }) => id === group || name === group)),
  ];
  must(missing.length === 0, 'The database’s security groups do not let a declared source in', {
    expected: missing,
    observed: peers,
  });
}

/** Whether one CIDR lies in another. */
function contains(outer: string, inner: string): boolean {
  const [[outerAddress = '', outerLength], [innerAddress = '', innerLength]] = [
    outer.split('/'),
    inner.split('/'),
  ];
  if (isIPv6(outerAddress) !== isIPv6(innerAddress)) return false;
  const family = isIPv6(outerAddress) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(outerAddress, Number(outerLength), family);
  return Number(innerLength) >= Number(outerLength) && list.check(innerAddress, family);
}

function shown({
  MultiAZ,
  AvailabilityZone,
  SecondaryAvailabilityZone,
  PubliclyAccessible,
  StorageEncrypted,
  BackupRetentionPeriod,
  DeletionProtection,
}: DBInstance) {
  return {
    MultiAZ,
    AvailabilityZone,
    SecondaryAvailabilityZone,
    PubliclyAccessible,
    StorageEncrypted,
    BackupRetentionPeriod,
    DeletionProtection,
  };
}
