import { createCertificateAuthority } from '../../base/certificates.ts';
import { createClock } from '../../base/clock.ts';
import { createRandom } from '../../base/random.ts';
import type { Gateway } from '../gateway.ts';
import { startGateway } from '../gateway.ts';
import type { ServiceContext } from '../service.ts';
import { createAcmService } from '../services/acm/acm.ts';
import type { CloudFrontService } from '../services/cloudfront/cloudfront.ts';
import { createCloudFrontService } from '../services/cloudfront/cloudfront.ts';
import { createEc2Service } from '../services/ec2/ec2.ts';
import { createEcrService } from '../services/ecr/ecr.ts';
import { createEksService } from '../services/eks/eks.ts';
import { createIamService } from '../services/iam/iam.ts';
import { createLogsService } from '../services/logs/logs.ts';
import type { RdsService } from '../services/rds/rds.ts';
import { createRdsService } from '../services/rds/rds.ts';
import { createRoute53Service } from '../services/route53/route53.ts';
import { createS3Service } from '../services/s3/s3.ts';
import { createSecretsManagerService } from '../services/secretsmanager/secretsmanager.ts';
import { createSsmService } from '../services/ssm/ssm.ts';
import { createWafv2Service } from '../services/wafv2/wafv2.ts';
import { createCloudFormationService } from './service.ts';

/** The whole gateway, its data planes stood for by what answers at once. */
export async function startCloud(closing: AbortSignal): Promise<Gateway> {
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
    vpcOfSecurityGroup: (id) => ec2.snapshot().securityGroups.find(({ GroupId }) => GroupId === id)?.VpcId,
    defaultSecurityGroup: (vpcId) =>
      ec2.snapshot().securityGroups.find(({ VpcId }) => VpcId === vpcId)?.GroupId ?? '',
    subnets,
    secrets: createSecretsManagerService(context).managed,
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
      setMasterPassword: async () => undefined,
      stop: async () => undefined,
      start: async () => undefined,
      modify: async () => undefined,
      setBackups: async () => undefined,
      backUp: async () => undefined,
      dropBackup: async () => undefined,
      restore: async () => undefined,
      delete: async () => undefined,
    },
  });
  const acm = createAcmService(context, {
    authority: await createCertificateAuthority('test'),
    resolveCname: (name) =>
      route53
        .snapshot()
        .zones.flatMap(({ records }) => records)
        .find((record) => record.Name === name && record.Type === 'CNAME')?.ResourceRecords?.[0]?.Value,
    inUseBy: (arn) =>
      cloudfront
        .snapshot()
        .distributions.filter(({ config }) => config.ViewerCertificate?.ACMCertificateArn === arn)
        .map((distribution) => distribution.arn),
  });
  const cloudfront: CloudFrontService = createCloudFrontService(context, {
    certificate: (arn) => acm.snapshot().certificates[arn],
    webAclExists: (arn) => wafv2.snapshot().webAcls.some(({ ARN }) => ARN === arn),
    invalidate: () => undefined,
  });
  const wafv2 = createWafv2Service(context, {
    resourceExists: () => false,
    rateKeys: () => [],
    distributionsWithWebAcl: (arn) =>
      cloudfront
        .snapshot()
        .distributions.filter(({ config }) => config.WebACLId === arn)
        .map((distribution) => distribution.arn),
  });
  const services = [
    ec2,
    route53,
    rds,
    acm,
    cloudfront,
    wafv2,
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
