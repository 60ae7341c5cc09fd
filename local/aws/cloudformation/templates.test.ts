import { readFile } from 'node:fs/promises';
import { ACMClient, DescribeCertificateCommand, ListCertificatesCommand } from '@aws-sdk/client-acm';
import type { Stack } from '@aws-sdk/client-cloudformation';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CloudFrontClient,
  GetDistributionConfigCommand,
  ListDistributionsCommand,
} from '@aws-sdk/client-cloudfront';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeAddressesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeNodegroupCommand, EKSClient } from '@aws-sdk/client-eks';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import {
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetWebACLCommand, ListWebACLsCommand, WAFV2Client } from '@aws-sdk/client-wafv2';
import { expect, test } from 'vitest';
import { startCloud } from './cloud-in-test.ts';

interface Cloud extends AsyncDisposable {
  readonly options: {
    region: string;
    endpoint: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    maxAttempts: number;
  };
  /** Creates or updates the stack of that template; gives its outputs. */
  deploy(name: string, parameters: Record<string, string>): Promise<Record<string, string>>;
  remove(name: string): Promise<void>;
}

async function open(): Promise<Cloud> {
  const closing = new AbortController();
  const gateway = await startCloud(closing.signal);
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const options = { region: 'us-east-1', endpoint: gateway.url, credentials, maxAttempts: 1 };
  const client = new CloudFormationClient(options);
  const deployed = new Set<string>();
  return {
    options,
    deploy: async (name, parameters) => {
      const url = new URL(`../../../provisioning/templates/${name}.yaml`, import.meta.url);
      const input = {
        StackName: name,
        TemplateBody: await readFile(url, 'utf8'),
        Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
        Capabilities: ['CAPABILITY_IAM' as const],
        Tags: [{ Key: 'stormproof:deployment', Value: 'hub' }],
      };
      await client.send(deployed.has(name) ? new UpdateStackCommand(input) : new CreateStackCommand(input));
      deployed.add(name);
      const { StackStatus, Outputs = [] } = await settled(client, name);
      if (!/^(CREATE|UPDATE)_COMPLETE$/.test(StackStatus ?? '')) throw new Error(await reasons(client, name));
      return Object.fromEntries(
        Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
      );
    },
    remove: async (name) => {
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
      const id = String(Stacks?.[0]?.StackId);
      await client.send(new DeleteStackCommand({ StackName: name }));
      const { StackStatus } = await settled(client, id);
      if (StackStatus !== 'DELETE_COMPLETE') throw new Error(await reasons(client, id));
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort(new Error('the test is over'));
      await gateway[Symbol.asyncDispose]();
    },
  };
}

const network = {
  Name: 'hub',
  ClusterName: 'hub',
  Zones: 'us-east-1a,us-east-1b,us-east-1c',
  CloudFrontPrefixListId: 'pl-3b927c52',
};
const database = {
  Identifier: 'hub-db',
  EngineVersion: '18.4',
  ParameterGroupFamily: 'postgres18',
  InstanceClass: 'db.m6g.large',
  DatabaseName: 'hub',
  MasterUsername: 'hub',
  PasswordParameter: '/hub/password',
  ParameterPrefix: '/hub/database',
};

test('network, cluster and database stand up, change in place, and can be taken away', async () => {
  await using cloud = await open();
  const { options, deploy, remove } = cloud;
  const ec2 = new EC2Client(options);
  const { PrivateSubnetIds = '', NodesSecurityGroupId = '', ...groups } = await deploy('network', network);
  const clusterParameters = {
    ClusterName: 'hub',
    KubernetesVersion: '1.33',
    SubnetIds: PrivateSubnetIds,
    NodesSecurityGroupId,
  };
  const cluster = await deploy('cluster', clusterParameters);
  expect(cluster).toMatchObject({ ClusterName: 'hub', ClusterEndpoint: 'https://127.0.0.1:6443' });
  const secret = { Name: '/hub/password', Type: 'SecureString', Value: 'a-good-password' } as const;
  await new SSMClient(options).send(new PutParameterCommand(secret));
  const databaseParameters = {
    ...database,
    SubnetIds: PrivateSubnetIds,
    SecurityGroupId: groups.DatabaseSecurityGroupId ?? '',
  };
  const { Host } = await deploy('database', databaseParameters);
  const { Parameter } = await new SSMClient(options).send(
    new GetParameterCommand({ Name: '/hub/database/host' }),
  );
  expect(Parameter?.Value).toBe(Host);

  const { SecurityGroups } = await ec2.send(
    new DescribeSecurityGroupsCommand({ GroupIds: [groups.DatabaseSecurityGroupId ?? ''] }),
  );
  expect(SecurityGroups?.[0]?.IpPermissions).toMatchObject([
    { FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: NodesSecurityGroupId }] },
  ]);
  const rds = new RDSClient(options);
  const instance = async () => (await rds.send(new DescribeDBInstancesCommand({}))).DBInstances?.[0];
  const before = await instance();
  expect(before).toMatchObject({ MultiAZ: true, DeletionProtection: true, PubliclyAccessible: false });

  await deploy('network', { ...network, NatGateway: 'false' });
  await deploy('cluster', { ...clusterParameters, MaxNodes: '12' });
  await deploy('database', { ...databaseParameters, DeletionProtection: 'false', BackupRetentionDays: '14' });
  const { nodegroup } = await new EKSClient(options).send(
    new DescribeNodegroupCommand({ clusterName: 'hub', nodegroupName: 'hub-nodes' }),
  );
  expect(nodegroup?.scalingConfig).toEqual({ minSize: 6, maxSize: 12, desiredSize: 6 });
  expect(await instance()).toMatchObject({
    DbiResourceId: before?.DbiResourceId,
    DeletionProtection: false,
    BackupRetentionPeriod: 14,
  });
  expect((await ec2.send(new DescribeAddressesCommand({}))).Addresses).toEqual([]);

  for (const name of ['database', 'cluster', 'network']) await remove(name);
  expect(await instance()).toBeUndefined();
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
  expect(Vpcs.filter(({ IsDefault }) => !IsDefault)).toEqual([]);
});

test('registry and zone outlive their stacks; telemetry and the ingress leave nothing', async () => {
  await using cloud = await open();
  const { options, deploy, remove } = cloud;
  const { RepositoryUri } = await deploy('registry', { RepositoryName: 'hub/hub' });
  const { HostedZoneId = '' } = await deploy('zone', { DomainName: 'hub.example' });
  await deploy('telemetry', { Name: 'hub', ClusterName: 'hub', DatabaseIdentifier: 'hub-db' });
  const wanted = { Name: 'hub', DomainName: 'hub.example', HostedZoneId, BlockedPattern: '/\\.env' };
  const { CertificateArn } = await deploy('ingress', wanted);
  const acm = new ACMClient(options);
  const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn }));
  expect(Certificate?.Status).toBe('ISSUED');

  for (const name of ['registry', 'zone', 'telemetry', 'ingress']) await remove(name);
  const { repositories } = await new ECRClient(options).send(new DescribeRepositoriesCommand({}));
  expect(repositories?.map(({ repositoryUri }) => repositoryUri)).toEqual([RepositoryUri]);
  const zones = await new Route53Client(options).send(new ListHostedZonesCommand({}));
  expect(zones.HostedZones?.map(({ Name }) => Name)).toEqual(['hub.example.']);
  expect((await acm.send(new ListCertificatesCommand({}))).CertificateSummaryList).toEqual([]);
  expect((await new CloudWatchLogsClient(options).send(new DescribeLogGroupsCommand({}))).logGroups).toEqual(
    [],
  );
});

test('the edge stands up, follows its parameters, and can be taken away', async () => {
  await using cloud = await open();
  const { options, deploy, remove } = cloud;
  const { HostedZoneId = '' } = await deploy('zone', { DomainName: 'hub.example' });
  const wanted = {
    Name: 'hub',
    DomainName: 'hub.example',
    HostedZoneId,
    OriginDomainName: 'none.hub.example',
    MaintenanceBucketName: 'hub-maintenance',
    BlockedPattern: '/\\.env|/wp-login\\.php',
    RateLimit: '300',
    RateWindowSeconds: '60',
  };
  const { DistributionId: Id, DistributionDomainName = '' } = await deploy('edge', wanted);
  await deploy('alias', { DomainName: 'hub.example', HostedZoneId, DistributionDomainName });
  const cloudfront = new CloudFrontClient(options);
  const live = async () =>
    (await cloudfront.send(new GetDistributionConfigCommand({ Id }))).DistributionConfig;
  expect(await live()).toMatchObject({
    Aliases: { Items: ['hub.example'] },
    ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021', SSLSupportMethod: 'sni-only' },
    CustomErrorResponses: { Quantity: 3 },
    CacheBehaviors: {
      Items: [{ PathPattern: '/maintenance/*' }, { PathPattern: '/api/*' }, { PathPattern: '/static/*' }],
    },
  });
  const records = await new Route53Client(options).send(
    new ListResourceRecordSetsCommand({ HostedZoneId, StartRecordName: 'hub.example', StartRecordType: 'A' }),
  );
  expect(records.ResourceRecordSets?.[0]).toMatchObject({
    Name: 'hub.example.',
    Type: 'A',
    AliasTarget: { HostedZoneId: 'Z2FDTNDATAQYW2', DNSName: `${DistributionDomainName}.` },
  });

  await deploy('edge', { ...wanted, OriginDomainName: 'alb.example.com', RateLimit: '400' });
  expect((await live())?.Origins?.Items?.[0]).toMatchObject({ Id: 'main', DomainName: 'alb.example.com' });
  const wafv2 = new WAFV2Client(options);
  const acls = async () => (await wafv2.send(new ListWebACLsCommand({ Scope: 'CLOUDFRONT' }))).WebACLs ?? [];
  const [acl] = await acls();
  const { WebACL } = await wafv2.send(
    new GetWebACLCommand({ Name: acl?.Name, Id: acl?.Id, Scope: 'CLOUDFRONT' }),
  );
  expect(WebACL?.Rules?.[1]?.Statement?.RateBasedStatement).toMatchObject({
    Limit: 400,
    EvaluationWindowSec: 60,
  });

  for (const name of ['alias', 'edge']) await remove(name);
  expect(await acls()).toEqual([]);
  expect((await cloudfront.send(new ListDistributionsCommand({}))).DistributionList?.Items ?? []).toEqual([]);
});

async function settled(client: CloudFormationClient, StackName: string): Promise<Partial<Stack>> {
  for (;;) {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    const [stack] = Stacks ?? [];
    if (!stack?.StackStatus?.endsWith('_IN_PROGRESS')) return stack ?? {};
    await new Promise(setImmediate);
  }
}

async function reasons(client: CloudFormationClient, StackName: string): Promise<string> {
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.filter(({ ResourceStatusReason }) => ResourceStatusReason)
    .map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}: ${event.ResourceStatusReason}`)
    .join('\n');
}
