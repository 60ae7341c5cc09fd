import type { LoadBalancerPlane } from '../alb/load-balancers.ts';
import { createCloudFormationService } from '../aws/cloudformation/service.ts';
import type { Gateway } from '../aws/gateway.ts';
import { startGateway } from '../aws/gateway.ts';
import type { ServiceContext } from '../aws/service.ts';
import { createAcmService } from '../aws/services/acm/acm.ts';
import { createCloudFrontService } from '../aws/services/cloudfront/cloudfront.ts';
import { createCloudWatchService } from '../aws/services/cloudwatch/cloudwatch.ts';
import { createEc2Service } from '../aws/services/ec2/ec2.ts';
import { createEcrService } from '../aws/services/ecr/ecr.ts';
import { createEksService } from '../aws/services/eks/eks.ts';
import { createElbv2Service } from '../aws/services/elbv2/elbv2.ts';
import { createIamService } from '../aws/services/iam/iam.ts';
import { createLogsService } from '../aws/services/logs/logs.ts';
import type { ClusterEngine } from '../aws/services/rds/clusters/engine.ts';
import type { DatabaseEngine } from '../aws/services/rds/engine.ts';
import { createRdsService } from '../aws/services/rds/rds.ts';
import type { Route53Ports } from '../aws/services/route53/route53.ts';
import { createRoute53Service } from '../aws/services/route53/route53.ts';
import { createS3Service } from '../aws/services/s3/s3.ts';
import { createSecretsManagerService } from '../aws/services/secretsmanager/secretsmanager.ts';
import { createSsmService } from '../aws/services/ssm/ssm.ts';
import { createStsService } from '../aws/services/sts.ts';
import type { SubnetPlace } from '../aws/services/subnet-place.ts';
import { createWafv2Service } from '../aws/services/wafv2/wafv2.ts';
import type { CertificateAuthority } from '../base/certificates.ts';
import type { Firewall } from '../waf/firewall.ts';
import { compileWebAcl } from '../waf/web-acl.ts';

export interface AwsOptions {
  readonly context: ServiceContext;
  readonly host: string;
  readonly port: number;
  readonly authority: CertificateAuthority;
  readonly engine: DatabaseEngine & { readonly clusters: ClusterEngine };
  readonly originFacingCidrs: readonly string[];
  readonly cluster: { readonly endpoint: string; readonly caPem: string };
  allocateLoadBalancerAddress(): string;
  /** The zone of a pod's address; undefined for an address that is no pod's. */
  zoneOfPod(address: string): string | undefined;
  /** Data planes that control planes ask; read when they are asked, for both are made after the services. */
  readonly planes: {
    readonly loadBalancers: () => LoadBalancerPlane | undefined;
    readonly firewall: () => Firewall;
    readonly healthObservations: Route53Ports['healthObservations'];
    readonly invalidate: (distributionId: string, paths: readonly string[]) => void;
  };
}

export type AwsControlPlane = Awaited<ReturnType<typeof startAws>>;

/** The account: every service, and the one endpoint that serves them. */
export async function startAws(options: AwsOptions) {
  const { context, host, port, authority, engine, originFacingCidrs, cluster, planes } = options;
  const ec2 = createEc2Service(context, { originFacingCidrs });
  const subnets = (ids: readonly string[]): readonly SubnetPlace[] =>
    ec2
      .snapshot()
      .subnets.flatMap(({ SubnetId = '', VpcId = '', AvailabilityZone = '' }) =>
        ids.includes(SubnetId) ? [{ subnetId: SubnetId, vpcId: VpcId, zone: AvailabilityZone }] : [],
      );
  const route53 = createRoute53Service(context, { healthObservations: planes.healthObservations });
  const acm = createAcmService(context, {
    authority,
    resolveCname: (name) => cnameOf(route53, name),
    inUseBy: (arn) => usersOf(arn),
  });
  const elbv2 = createElbv2Service(context, {
    subnets,
    securityGroups: (ids) => groupIds().filter((id) => ids.includes(id)),
    defaultSecurityGroup,
    certificateExists: (arn) => arn in acm.snapshot().certificates,
    zoneOf: (address) => options.zoneOfPod(address),
    allocateAddress: options.allocateLoadBalancerAddress,
    targetHealth: (arn) => planes.loadBalancers()?.targetHealth(arn) ?? [],
  });
  const cloudfront = createCloudFrontService(context, {
    certificate: (arn) => {
      const found = acm.snapshot().certificates[arn];
      return found && { names: found.names, issued: true };
    },
    webAclExists: (arn) => wafv2.snapshot().webAcls.some(({ ARN }) => ARN === arn),
    invalidate: planes.invalidate,
  });
  const wafv2 = createWafv2Service(context, {
    resourceExists: (arn) =>
      elbv2.snapshot().loadBalancers.some(({ loadBalancer }) => loadBalancer.LoadBalancerArn === arn),
    check: (webAcl, sets) => problemsOf(webAcl, sets),
    rateKeys: (webAclArn, rule) => planes.firewall().rateKeys(webAclArn, rule),
    distributionsWithWebAcl: (arn) =>
      cloudfront
        .snapshot()
        .distributions.filter(({ config }) => config.WebACLId === arn)
        .map((distribution) => distribution.arn),
  });
  const secretsManager = createSecretsManagerService(context);
  const rds = createRdsService(context, {
    clusters: engine.clusters,
    engine,
    secrets: secretsManager.managed,
    subnets,
    defaultSecurityGroup,
    vpcOfSecurityGroup: (id) => ec2.snapshot().securityGroups.find(({ GroupId }) => GroupId === id)?.VpcId,
  });
  const eks = createEksService(context, {
    endpoint: () => ({ url: cluster.endpoint, certificateAuthorityPem: cluster.caPem }),
    network: ec2,
  });
  const ecr = createEcrService(context);
  const s3 = createS3Service(context);
  const logs = createLogsService(context);
  const services = [
    createStsService(context),
    createIamService(context),
    ec2,
    route53,
    acm,
    elbv2,
    cloudfront,
    wafv2,
    rds,
    eks,
    ecr,
    s3,
    secretsManager,
    createSsmService(context),
    logs,
    createCloudWatchService(context),
    createCloudFormationService(context, {
      call: (service, operation, input) => gateway.call(service, operation, input),
    }),
  ];
  const gateway: Gateway = await startGateway({
    host,
    port,
    services,
    clock: context.clock,
    random: context.random,
  });
  return { gateway, ec2, route53, acm, elbv2, cloudfront, wafv2, rds, eks, ecr, s3 };

  function defaultSecurityGroup(vpcId: string): string {
    const groups = ec2.snapshot().securityGroups;
    return groups.find(({ VpcId, GroupName }) => VpcId === vpcId && GroupName === 'default')?.GroupId ?? '';
  }

  function groupIds(): readonly string[] {
    return ec2.snapshot().securityGroups.map(({ GroupId = '' }) => GroupId);
  }

  function usersOf(arn: string): readonly string[] {
    const balancers = elbv2
      .snapshot()
      .loadBalancers.filter(({ listeners }) =>
        listeners.some(({ certificateArns }) => certificateArns.includes(arn)),
      )
      .map(({ loadBalancer }) => loadBalancer.LoadBalancerArn ?? '');
    const distributions = cloudfront
      .snapshot()
      .distributions.filter(({ config }) => config.ViewerCertificate?.ACMCertificateArn === arn)
      .map((distribution) => distribution.arn);
    return [...balancers, ...distributions];
  }
}

/** What the data plane cannot do is refused when it is asked for, not when it is applied. */
function problemsOf(...[webAcl, sets]: Parameters<typeof compileWebAcl>): readonly string[] {
  try {
    compileWebAcl(webAcl, sets);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function cnameOf(route53: ReturnType<typeof createRoute53Service>, name: string): string | undefined {
  const records = route53.snapshot().zones.flatMap((zone) => zone.records);
  return records.find(({ Name, Type }) => Name === name && Type === 'CNAME')?.ResourceRecords?.[0]?.Value;
}
