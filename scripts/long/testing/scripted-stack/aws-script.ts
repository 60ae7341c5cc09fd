import { ScriptedError } from './call.ts';
import type { ScriptedCluster } from './cluster.ts';
import type { World } from './world.ts';
import { names } from './world.ts';

type Input = Readonly<Record<string, unknown>>;

/** The AWS operations that faults call, on the world's data; versions are checked as AWS checks them. */
export function awsScript(world: World, cluster: ScriptedCluster) {
  return {
    ...cloudFront(world),
    ...waf(world),
    ...ec2(world),
    ...acm(world),
    ...rds(world),
    ...route53(world),
    ...others(world, cluster),
  };
}

function cloudFront(world: World) {
  const { distribution } = world;
  const etag = () => `E${distribution.version}`;
  return {
    'aws.cloudfront GetDistributionConfig': () => ({ DistributionConfig: distribution.value, ETag: etag() }),
    'aws.cloudfront GetDistribution': () => ({
      Distribution: { Status: 'Deployed', DistributionConfig: distribution.value },
      ETag: etag(),
    }),
    'aws.cloudfront UpdateDistribution': ({ IfMatch, DistributionConfig }: Input) => {
      if (IfMatch !== etag()) throw new ScriptedError('PreconditionFailed', 'The request failed');
      world.changes++;
      distribution.version++;
      distribution.value = DistributionConfig as Record<string, unknown>;
      return { ETag: etag() };
    },
  };
}

function waf(world: World) {
  const find = ({ Scope }: Input) => world.webAcls[Scope === 'REGIONAL' ? 'REGIONAL' : 'CLOUDFRONT'];
  return {
    'aws.wafv2 ListWebACLs': (input: Input) => ({ WebACLs: [find(input).value] }),
    'aws.wafv2 GetWebACL': (input: Input) => ({
      WebACL: find(input).value,
      LockToken: String(find(input).version),
    }),
    'aws.wafv2 UpdateWebACL': ({ Scope, LockToken, Name, Id, ...settings }: Input) => {
      const acl = find({ Scope });
      if (LockToken !== String(acl.version)) throw new ScriptedError('WAFOptimisticLockException', 'stale');
      world.changes++;
      acl.version++;
      acl.value = { ...acl.value, ...settings };
      return { NextLockToken: String(acl.version) };
    },
  };
}

function ec2(world: World) {
  const find = (id: unknown) => {
    const group = world.securityGroups.find(({ GroupId }) => GroupId === id);
    if (!group) throw new ScriptedError('InvalidGroup.NotFound', `no group ${id}`);
    return group;
  };
  const text = (value: unknown) => JSON.stringify(value);
  return {
    'aws.ec2 DescribeSecurityGroups': () => ({ SecurityGroups: world.securityGroups }),
    'aws.ec2 DescribeSecurityGroupRules': () => ({
      SecurityGroupRules: world.securityGroups.flatMap(({ GroupId, IpPermissions }) =>
        IpPermissions.map(({ IpProtocol, FromPort, ToPort }) => ({
          GroupId,
          IpProtocol,
          FromPort,
          ToPort,
          IsEgress: false,
          PrefixListId: names.prefixList,
        })),
      ),
    }),
    'aws.ec2 RevokeSecurityGroupIngress': ({ GroupId, IpPermissions }: Input) => {
      const group = find(GroupId);
      const revoked = (IpPermissions as unknown[]).map(text);
      if (!revoked.every((one) => group.IpPermissions.map(text).includes(one)))
        throw new ScriptedError('InvalidPermission.NotFound', 'no such permission');
      world.changes++;
      group.IpPermissions = group.IpPermissions.filter((one) => !revoked.includes(text(one)));
      return { Return: true };
    },
    'aws.ec2 AuthorizeSecurityGroupIngress': ({ GroupId, IpPermissions }: Input) => {
      const group = find(GroupId);
      const added = IpPermissions as Record<string, unknown>[];
      if (added.some((one) => group.IpPermissions.map(text).includes(text(one))))
        throw new ScriptedError('InvalidPermission.Duplicate', 'already there');
      world.changes++;
      group.IpPermissions = [...group.IpPermissions, ...added];
      return { Return: true };
    },
  };
}

function acm(world: World) {
  return {
    'aws.acm ListCertificates': () => ({
      CertificateSummaryList: Object.entries(world.certificates).map(([CertificateArn, { domain }]) => ({
        CertificateArn,
        DomainName: domain,
      })),
    }),
    'aws.acm ListTagsForCertificate': ({ CertificateArn }: Input) => ({
      Tags: world.certificates[String(CertificateArn)]?.tags ?? [],
    }),
    'aws.acm DescribeCertificate': ({ CertificateArn }: Input) => ({
      Certificate: { CertificateArn, Status: 'ISSUED', DomainName: 'artifacthub.example', InUseBy: [] },
    }),
    'aws.acm RequestCertificate': ({ Tags }: Input) => {
      world.changes++;
      const CertificateArn = `arn:aws:acm:us-east-1:111122223333:certificate/${crypto.randomUUID()}`;
      world.certificates[CertificateArn] = { tags: (Tags ?? []) as [], domain: 'requested' };
      return { CertificateArn };
    },
    'aws.acm ImportCertificate': ({ Tags }: Input) => {
      world.changes++;
      const CertificateArn = `arn:aws:acm:us-east-1:111122223333:certificate/${crypto.randomUUID()}`;
      world.certificates[CertificateArn] = { tags: (Tags ?? []) as [], domain: 'imported' };
      return { CertificateArn };
    },
    'aws.acm DeleteCertificate': ({ CertificateArn }: Input) => {
      world.changes++;
      delete world.certificates[String(CertificateArn)];
      return {};
    },
  };
}

/** A failover is over as soon as it began. */
function rds(world: World) {
  return {
    'aws.rds DescribeDBInstances': () => ({
      DBInstances: [
        {
          DBInstanceIdentifier: 'artifacthub-db',
          DBInstanceStatus: 'available',
          AvailabilityZone: world.database.reboots % 2 === 0 ? 'us-east-1a' : 'us-east-1b',
          SecondaryAvailabilityZone: world.database.reboots % 2 === 0 ? 'us-east-1b' : 'us-east-1a',
          MultiAZ: true,
        },
      ],
    }),
    'aws.rds RebootDBInstance': ({ ForceFailover }: Input) => {
      world.changes++;
      if (ForceFailover) world.database.reboots++;
      return {};
    },
    'aws.rds ModifyDBInstance': ({ MasterUserPassword }: Input) => {
      world.changes++;
      world.database.password = MasterUserPassword === declaredPassword ? 'declared' : 'another';
      return {};
    },
  };
}

function route53(world: World) {
  return {
    'aws.route53 ListHostedZonesByName': ({ DNSName }: Input) => ({
      HostedZones: [{ Id: '/hostedzone/Z1', Name: `${DNSName}.` }],
    }),
    'aws.route53 GetChange': () => ({ ChangeInfo: { Id: 'C1', Status: 'INSYNC' } }),
    'aws.route53 ChangeResourceRecordSets': ({ ChangeBatch }: Input) => {
      const { Changes = [] } = ChangeBatch as { Changes?: RecordChange[] };
      for (const { Action, ResourceRecordSet } of Changes) {
        const text = ResourceRecordSet.ResourceRecords[0]?.Value ?? '';
        if (Action === 'DELETE' && world.records[ResourceRecordSet.Name] !== text)
          throw new ScriptedError('InvalidChangeBatch', 'no such record');
        world.changes++;
        if (Action === 'DELETE') delete world.records[ResourceRecordSet.Name];
        else world.records[ResourceRecordSet.Name] = text;
      }
      return { ChangeInfo: { Id: 'C1', Status: 'PENDING' } };
    },
  };
}

interface RecordChange {
  readonly Action: string;
  readonly ResourceRecordSet: {
    readonly Name: string;
    readonly ResourceRecords: readonly { readonly Value: string }[];
  };
}

const declaredPassword = 'declared';

/** The load balancer has what its Ingress says, at once. */
function others(world: World, cluster: ScriptedCluster) {
  const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
  return {
    'aws.ssm GetParameter': () => ({ Parameter: { Value: declaredPassword } }),
    'aws.s3 ListBuckets': () => ({ Buckets: [] }),
    'aws.elbv2 DescribeLoadBalancers': () => ({
      LoadBalancers: [
        {
          DNSName: names.loadBalancer,
          LoadBalancerArn: 'arn:lb',
          SecurityGroups: world.securityGroups.map(({ GroupId }) => GroupId),
          AvailabilityZones: zones.map((ZoneName) => ({ ZoneName })),
        },
      ],
    }),
    'aws.elbv2 DescribeTargetGroups': () => ({ TargetGroups: [] }),
    'aws.elbv2 DescribeListeners': () => ({
      Listeners: [{ Port: 443, Certificates: [{ CertificateArn: cluster.ingressCertificate() }] }],
    }),
  };
}
