import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { WAFV2Client } from '@aws-sdk/client-wafv2';
import type { LoadBalancerPlane } from './alb/load-balancers.ts';
import { startLoadBalancers } from './alb/load-balancers.ts';
import { startStorage } from './aws/storage/storage.ts';
import { createCertificateAuthority } from './base/certificates.ts';
import { createClock } from './base/clock.ts';
import { defectNames } from './base/control-request.ts';
import { startLifeline } from './base/lifeline.ts';
import { addressGroups, boundPort, claimLoopbackBlock } from './base/loopback.ts';
import { createRandom } from './base/random.ts';
import type { AwsControlPlane } from './compose/aws.ts';
import { startAws } from './compose/aws.ts';
import { createBreakages } from './compose/breakages.ts';
import { startCluster } from './compose/cluster.ts';
import { startControl } from './compose/control.ts';
import type { DatabaseAccess } from './compose/database-access.ts';
import { databaseAccess } from './compose/database-access.ts';
import { edgeConfig } from './compose/edge-config.ts';
import { healthChecksOf } from './compose/health-checks.ts';
import { loadBalancersConfig } from './compose/load-balancer-config.ts';
import { namesOf } from './compose/names.ts';
import type { SmallCloudAddresses, SmallCloudOptions } from './compose/options.ts';
import { createOriginAccess } from './compose/origin-access.ts';
import { zoneOfPod } from './compose/pod-addresses.ts';
import { createRefresh } from './compose/refresh.ts';
import { createResolver } from './compose/resolve.ts';
import { securityGroupIngress } from './compose/security-group-ingress.ts';
import { securityGroupMembers } from './compose/security-group-members.ts';
import { zonesOf } from './compose/zones.ts';
import { createHealthChecks } from './dns/health/health-checks.ts';
import { startDnsServer } from './dns/server.ts';
import type { Edge } from './edge/edge.ts';
import { startEdge } from './edge/edge.ts';
import { startNetwork } from './network/network.ts';
import { startDatabasePlane } from './rds/database-plane.ts';
import { startTelemetry } from './telemetry/telemetry.ts';
import { createFirewall } from './waf/firewall.ts';

export interface SmallCloud extends AsyncDisposable {
  readonly addresses: SmallCloudAddresses;
  /** Resolves when somebody asked it to go down. */
  readonly asked: Promise<void>;
}

/** Wires the planes: the only place that knows more than one of them (design §2, §3). */
export async function startSmallCloud(options: SmallCloudOptions): Promise<SmallCloud> {
  await using opened = new AsyncDisposableStack();
  const stop = new AbortController();
  opened.defer(() => stop.abort(new Error('the small cloud was closed')));
  const startedAt = new Date();
  const clock = createClock({ speed: options.speed, startedAtUnixMs: startedAt.getTime() });
  const random = createRandom(options.seed);
  const block = opened.use(await claimLoopbackBlock());
  const lifeline = opened.use(startLifeline({ directory: options.directory }));
  const [web, database] = await Promise.all([
    createCertificateAuthority('Stormproof web root'),
    createCertificateAuthority('Stormproof rds-ca-rsa2048-g1'),
  ]);
  const { ports } = block;
  const cidrOf = (group: keyof typeof addressGroups) => `127.${block.block}.${addressGroups[group]}.0/24`;
  const originFacingCidrs = [cidrOf('edgeEgress')];
  const podCidrs = (['podZoneA', 'podZoneB', 'podZoneC', 'nodes'] as const).map(cidrOf);

  let databaseTtlSeconds: number = databaseTtl.seconds;
  const names = (): ReturnType<typeof namesOf> =>
    namesOf(aws, {
      edge: edgeAddresses,
      storage: storageHost,
      region: options.region,
      databaseTtlSeconds,
    });
  let admits: DatabaseAccess = () => false;
  const refresh = createRefresh(() => {
    const route53 = aws.route53.snapshot();
    dns.apply(zonesOf(route53.zones, names(), dns.address.address));
    healthChecks.apply(healthChecksOf(route53.healthChecks, (port) => boundPort(ports, port)));
    const { webAcls, ipSets, regexSets, associations } = aws.wafv2.snapshot();
    firewall.apply({ webAcls, ipSets, regexSets });
    const ingressOf = securityGroupIngress(aws.ec2.snapshot().securityGroups, {
      prefixListCidrs: originFacingCidrs,
      membersOf: securityGroupMembers(aws, podCidrs),
    });
    admits = databaseAccess(aws.rds.snapshot().guarded, ingressOf);
    loadBalancers?.apply(
      loadBalancersConfig({
        elbv2: aws.elbv2.snapshot(),
        certificates: aws.acm.snapshot().certificates,
        ingressOf,
        webAclOf: (arn) => associations[arn],
      }),
    );
    edge?.apply(edgeConfig(aws));
  });

  const network = opened.use(
    startNetwork({
      clock,
      random: createRandom(options.seed),
      allocateAddress: () => block.next('network'),
      signal: stop.signal,
    }),
  );
  const firewall = createFirewall({ clock });
  const healthChecks = opened.use(
    createHealthChecks({
      clock,
      addresses: Array.from({ length: 3 }, () => block.next('healthCheckers')),
      resolve: async (name) => (await resolve(name))[0],
    }),
  );
  const dns = opened.use(
    await startDnsServer({
      addresses: [block.at(0, 53)],
      port: boundPort(ports, 53),
      clock,
      random,
      healthy: healthChecks.healthy,
    }),
  );
  const resolve = createResolver(dns.address, clock);
  const databasePlane = opened.use(
    await startDatabasePlane({
      clock,
      random,
      dataDirectory: join(options.directory, 'pg'),
      allocateAddress: () => block.next('database'),
      certificate: (hosts, addresses) => database.issue({ names: hosts, addresses, keyType: 'RSA_2048' }),
      caPem: database.certificatePem,
      network,
      admits: (identifier, source) => admits(identifier, source),
      iam: {
        region: options.region,
        isOn: (identifier) =>
          aws.rds
            .snapshot()
            .guarded.some((database) => database.identifier === identifier && database.iamAuthentication),
        secretOf: (accessKeyId) => options.accessKeys[accessKeyId],
      },
      onChange: (instance) => {
        aws.rds.instanceChanged(instance);
        refresh();
      },
      onClusterChange: (cluster) => {
        aws.rds.clusterChanged(cluster);
        refresh();
      },
      onEvent: (event) => aws.rds.eventHappened(event),
      onProcess: ({ state, pid }) =>
        state === 'started' ? lifeline.hold(pid, 'quit-then-kill') : lifeline.release(pid),
      signal: stop.signal,
    }),
  );
  const telemetry = opened.use(await startTelemetry({ host: block.at(addressGroups.telemetry, 1), clock }));
  const kubernetesHost = block.at(0, 3);
  const edgeAddresses = [block.next('edge'), block.next('edge')];
  let loadBalancers: LoadBalancerPlane | undefined;
  let edge: Edge | undefined;
  const aws: AwsControlPlane = await startAws({
    context: {
      clock,
      random,
      accountId: options.accountId,
      region: options.region,
      signal: stop.signal,
      changed: refresh,
    },
    host: block.at(0, 2),
    port: 4566,
    authority: web,
    engine: databasePlane,
    originFacingCidrs,
    cluster: { endpoint: `https://${kubernetesHost}:6443`, caPem: web.certificatePem },
    allocateLoadBalancerAddress: () => block.next('loadBalancer'),
    zoneOfPod: (address) => zoneOfPod(address, options.region),
    planes: {
      loadBalancers: () => loadBalancers,
      firewall: () => firewall,
      healthObservations: healthChecks.observations,
      invalidate: (distributionId, paths) => edge?.invalidate(distributionId, paths),
    },
  });
  opened.use(aws.gateway);
  const originAccess = createOriginAccess(options.accountId);
  const storageHost = block.next('storage');
  const storageTls = await web.issue({
    names: [
      `*.s3.${options.region}.amazonaws.com`,
      '*.s3.amazonaws.com',
      `s3.${options.region}.amazonaws.com`,
    ],
  });
  opened.use(
    await startStorage({
      listeners: [
        { host: storageHost, port: boundPort(ports, 80) },
        { host: storageHost, port: boundPort(ports, 443), tls: storageTls },
      ],
      s3: aws.s3,
      authorizeOac: originAccess.authorize,
      faults: aws.gateway.faults,
      region: options.region,
      clock,
      random,
    }),
  );
  loadBalancers = opened.use(
    await startLoadBalancers({
      clock,
      random,
      ports,
      network,
      inspect: (request) => firewall.inspect(request),
    }),
  );
  edge = opened.use(
    await startEdge({
      clock,
      random,
      addresses: edgeAddresses,
      egressAddresses: [block.next('edgeEgress'), block.next('edgeEgress')],
      ports,
      resolve,
      originTrustPem: [web.certificatePem],
      inspect: (request) => firewall.inspect(request),
      signOriginAccess: ({ distributionArn }) => originAccess.sign(distributionArn),
      network,
      hopTo: (address) => (address === storageHost ? 'edge-to-storage' : 'edge-to-load-balancer'),
    }),
  );
  const clientOptions = {
    region: options.region,
    endpoint: aws.gateway.url,
    credentials: { accessKeyId: 'CONTROLLER', secretAccessKey: 'controller' },
    maxAttempts: 1,
  };
  const adminToken = randomBytes(24).toString('hex');
  const cluster = opened.use(
    await startCluster({
      clock,
      random,
      options,
      host: kubernetesHost,
      authority: web,
      adminToken,
      block,
      lifeline,
      dnsServer: dns.address,
      resolveDigest: (reference) => aws.ecr.resolveImage(reference),
      lokiUrl: telemetry.lokiUrl,
      aws: {
        elbv2: new ElasticLoadBalancingV2Client(clientOptions),
        ec2: new EC2Client(clientOptions),
        wafv2: new WAFV2Client(clientOptions),
        logs: new CloudWatchLogsClient(clientOptions),
      },
      signal: stop.signal,
    }),
  );
  refresh();

  const breakages = createBreakages({
    pods: cluster.pods,
    nodes: cluster.nodes,
    database: databasePlane,
    dns,
    'aws-api': aws.gateway.faults,
    telemetry,
    network,
  });
  const asked = Promise.withResolvers<void>();
  const token = randomBytes(24).toString('hex');
  const control = opened.use(
    await startControl({
      host: block.at(0, 2),
      port: 4600,
      token,
      state: breakages.state,
      handle: async (request) => {
        switch (request.call) {
          case 'down':
            asked.resolve();
            return;
          case 'break':
            await breakages.break(request.id, request.fault);
            return;
          case 'mend':
            await breakages.mend(request.id);
            return;
          case 'set-defect':
            if (!defectNames.includes(request.name))
              throw new TypeError(`Cannot set defect "${request.name}": expected ${defectNames.join(', ')}`);
            if (request.name === 'new-load-balancers-get-no-targets')
              cluster.withholdTargetsFromNew(request.on);
            else if (request.name === 'endpoint-with-long-ttl') {
              databaseTtlSeconds = request.on ? databaseTtl.longSeconds : databaseTtl.seconds;
              refresh();
            } else
              for (const { identifier } of databasePlane.list())
                await databasePlane.setDefect(identifier, request.name, request.on);
            return;
          default:
            throw new TypeError(
              `Cannot do "${JSON.stringify(request)}": expected down, break, mend or set-defect`,
            );
        }
      },
    }),
  );
  const owned = opened.move();
  return {
    asked: asked.promise,
    addresses: {
      pid: process.pid,
      startedAt: startedAt.toISOString(),
      ports,
      awsEndpointUrl: aws.gateway.url,
      dns: dns.address,
      kubernetes: { url: cluster.url, caPem: cluster.caPem, token: adminToken },
      control: { url: control.url, token },
      telemetry: { lokiUrl: telemetry.lokiUrl, tempoUrl: telemetry.tempoUrl, otlpUrl: telemetry.otlpUrl },
      trust: { web: web.certificatePem, database: database.certificatePem },
      databaseVolumes: databasePlane.ownVolumes,
      viewers: Array.from({ length: 250 }, (_, index) => block.at(addressGroups.viewers, index + 1)),
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/**
 * RDS User Guide: clients should cache the endpoint's address for less than 30 s; its own TTL is 5 s. The long one is
 * that of a record of one's own that leads to it.
 */
const databaseTtl = { seconds: 5, longSeconds: 3600 } as const;
