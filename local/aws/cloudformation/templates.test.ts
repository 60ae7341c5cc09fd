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
import { ListHostedZonesCommand, Route53Client } from '@aws-sdk/client-route-53';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from '../../base/certificates.ts';
import { createClock } from '../../base/clock.ts';
import { createRandom } from '../../base/random.ts';
import type { Gateway } from '../gateway.ts';
import { startGateway } from '../gateway.ts';
import type { ServiceContext } from '../service.ts';
import { createAcmService } from '../services/acm/acm.ts';
import { createEc2Service } from '../services/ec2/ec2.ts';
import { createEcrService } from '../services/ecr/ecr.ts';
import { createEksService } from '../services/eks/eks.ts';
import { createIamService } from '../services/iam/iam.ts';
import { createLogsService } from '../services/logs/logs.ts';
import type { RdsService } from '../services/rds/rds.ts';
import { createRdsService } from '../services/rds/rds.ts';
import { createRoute53Service } from '../services/route53/route53.ts';
import { createS3Service } from '../services/s3/s3.ts';
import { createSsmService } from '../services/ssm/ssm.ts';
import { createCloudFormationService } from './service.ts';

/** The whole gateway, its data planes stood for by what answers at once. */
async function startCloud(closing: AbortSignal): Promise<Gateway> {
  const context: ServiceContext = {
    clock: createClock({ speed: 100 }),
    random: createRandom(1),
    accountId: '111122223333',
    region: 'us-east-1',
    signal: closing,
    changed: () => undefined,
  };
  const ec2 = createEc2Service(context);
  const route53 = createRoute53Service(context);
  const subnets = (ids: readonly string[]) =>
    ec2
      .snapshot()
      .subnets.flatMap(({ SubnetId = '', VpcId = '', AvailabilityZone = '' }) =>
        ids.includes(SubnetId) ? [{ subnetId: SubnetId, vpcId: VpcId, zone: AvailabilityZone }] : [],
      );
  const rds: RdsService = createRdsService(context, {
    subnets,
    engine: {
      create: async ({ identifier, zones: [zone, secondaryZone] }) =>
        rds.instanceChanged({
          identifier,
          status: 'available',
          endpointAddress: '127.0.0.1',
          primary: { zone },
          secondaryZone,
        }),
      reboot: async () => undefined,
      modifyParameters: async () => ({ pendingReboot: [] }),
      delete: async () => undefined,
    },
  });
  const services = [
    ec2,
    route53,
    rds,
    createAcmService(context, {
      authority: await createCertificateAuthority('test'),
      resolveCname: (name) =>
        route53
          .snapshot()
          .zones.flatMap(({ records }) => records)
          .find((record) => record.Name === name && record.Type === 'CNAME')?.ResourceRecords?.[0]?.Value,
      inUseBy: () => [],
    }),
    createEcrService(context),
    createEksService(context, {
      endpoint: () => ({ url: 'https://127.0.0.1:6443', certificateAuthorityPem: 'pem' }),
      network: ec2,
    }),
    createIamService(context),
    createLogsService(context),
    createS3Service(context),
    createSsmService(context),
    createCloudFormationService(context, {
      call: (service, operation, input) => gateway.call(service, operation, input),
    }),
  ];
  const { clock, random } = context;
  const gateway = await startGateway({ host: '127.0.0.1', port: 0, services, clock, random });
  return gateway;
}

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
        // The gateway's RDS takes no snapshots, and says so.
        TemplateBody: (await readFile(url, 'utf8')).replaceAll('Policy: Snapshot', 'Policy: Delete'),
        Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
        Capabilities: ['CAPABILITY_IAM' as const],
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
  EngineVersion: '17.4',
  ParameterGroupFamily: 'postgres17',
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
