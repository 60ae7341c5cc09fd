import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { awsCli, serve, until } from '../serve-in-test.ts';
import { createElbv2Service } from './elbv2.ts';

const certificate = (name: string) => `arn:aws:acm:us-east-1:111122223333:certificate/${name}`;

async function openElb(speed?: number) {
  const health: TargetHealthDescription[] = [];
  let addresses = 0;
  const served = await serve(
    (context) =>
      createElbv2Service(context, {
        subnets: (ids) =>
          ['a', 'b', 'c']
            .map((zone) => ({ subnetId: `subnet-${zone}`, vpcId: 'vpc-1', zone: `us-east-1${zone}` }))
            .filter(({ subnetId }) => ids.includes(subnetId)),
        securityGroups: (ids) => ids.filter((id) => id.startsWith('sg-')),
        defaultSecurityGroup: () => 'sg-default',
        certificateExists: (arn) => arn.endsWith('one') || arn.endsWith('two'),
        zoneOf: (id) => (id.startsWith('127.20.10.') ? 'us-east-1a' : undefined),
        allocateAddress: () => `127.20.2.${++addresses}`,
        targetHealth: () => health,
      }),
    speed,
  );
  const client = new ElasticLoadBalancingV2(served.clientConfig);
  return { ...served, client, health, [Symbol.asyncDispose]: served[Symbol.asyncDispose] };
}

type Elb = Awaited<ReturnType<typeof openElb>>;

async function createHub({ client }: Elb) {
  const balancer = await client.createLoadBalancer({
    Name: 'k8s-artifacthub-hub-1',
    Subnets: ['subnet-a', 'subnet-b', 'subnet-c'],
    SecurityGroups: ['sg-1'],
  });
  const LoadBalancerArn = balancer.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  const group = await client.createTargetGroup({
    Name: 'hub',
    Protocol: 'HTTP',
    Port: 8080,
    VpcId: 'vpc-1',
    TargetType: 'ip',
    HealthCheckPath: '/healthz',
  });
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn ?? '';
  const listener = await client.createListener({
    LoadBalancerArn,
    Port: 443,
    Protocol: 'HTTPS',
    Certificates: [{ CertificateArn: certificate('one') }],
    SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  });
  return { LoadBalancerArn, TargetGroupArn, ListenerArn: listener.Listeners?.[0]?.ListenerArn ?? '' };
}

test('a load balancer becomes active; its listeners, rules and policy are in the snapshot in their order', async () => {
  await using elb = await openElb();
  const { LoadBalancerArn, TargetGroupArn, ListenerArn } = await createHub(elb);
  await elb.client.createListener({
    LoadBalancerArn,
    Port: 80,
    Protocol: 'HTTP',
    DefaultActions: [
      { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } },
    ],
  });
  await elb.client.createRule({
    ListenerArn,
    Priority: 7,
    Conditions: [{ Field: 'path-pattern', Values: ['/teapot'] }],
    Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '418' } }],
  });
  const describe = async () => (await elb.client.describeLoadBalancers({})).LoadBalancers?.[0];
  const active = await until(elb.clock, describe, (balancer) => balancer?.State?.Code === 'active');
  expect(active?.DNSName).toMatch(/^k8s-artifacthub-hub-1-\d+\.us-east-1\.elb\.amazonaws\.com$/);
  const [snapshot] = elb.service.snapshot().loadBalancers;
  expect(snapshot?.addresses.map(({ zone }) => zone)).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
  const [plain, secure] = snapshot?.listeners ?? [];
  expect(plain?.rules[0]?.Actions?.[0]?.RedirectConfig).toMatchObject({ Host: '#{host}', Path: '/#{path}' });
  expect(secure?.rules.map(({ Priority }) => Priority)).toEqual(['7', 'default']);
  expect(secure?.rules[1]?.Actions?.[0]?.ForwardConfig?.TargetGroups).toEqual([
    { TargetGroupArn, Weight: 1 },
  ]);
  expect(secure?.sslPolicy?.SslProtocols).toEqual(['TLSv1.2', 'TLSv1.3']);
  expect(elb.service.snapshot().targetGroups[0]?.targetGroup.LoadBalancerArns).toEqual([LoadBalancerArn]);
});

test('a deregistered target drains for its delay and is then gone; registering it again ends the draining', async () => {
  // Slow enough to look between the steps on a busy machine.
  await using elb = await openElb(10);
  const { TargetGroupArn } = await createHub(elb);
  const Targets = [{ Id: '127.20.10.1' }, { Id: '127.20.10.2' }];
  await elb.client.modifyTargetGroupAttributes({
    TargetGroupArn,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '15' }],
  });
  await elb.client.registerTargets({ TargetGroupArn, Targets });
  elb.health.push({ Target: { Id: '127.20.10.1', Port: 8080 }, TargetHealth: { State: 'healthy' } });
  const states = async () =>
    (await elb.client.describeTargetHealth({ TargetGroupArn })).TargetHealthDescriptions?.map(
      ({ TargetHealth }) => TargetHealth?.State,
    );
  expect(await states()).toEqual(['healthy', 'initial']);
  await elb.client.deregisterTargets({ TargetGroupArn, Targets });
  expect(await states()).toEqual(['draining', 'draining']);
  const outOfRotation = async () =>
    elb.service.snapshot().targetGroups[0]?.targets.map(({ draining }) => draining);
  // The nodes hear of it seconds later than the API.
  expect(await outOfRotation()).toEqual([false, false]);
  await until(elb.clock, outOfRotation, (now) => now?.every(Boolean) === true);
  await elb.client.registerTargets({ TargetGroupArn, Targets: Targets.slice(0, 1) });
  await until(elb.clock, states, (now) => now?.length === 1);
  expect(await states()).toEqual(['healthy']);
});

test('what ELB refuses, it refuses with its own codes', async () => {
  await using elb = await openElb();
  const { client } = elb;
  const { LoadBalancerArn, TargetGroupArn, ListenerArn } = await createHub(elb);
  await client.modifyLoadBalancerAttributes({
    LoadBalancerArn,
    Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }],
  });
  const refused = async (call: Promise<unknown>) =>
    call.then(
      () => 'accepted',
      (error: Error) => error.name,
    );
  expect(await refused(client.deleteLoadBalancer({ LoadBalancerArn }))).toBe(
    'OperationNotPermittedException',
  );
  expect(await refused(client.deleteTargetGroup({ TargetGroupArn }))).toBe('ResourceInUseException');
  expect(await refused(client.describeRules({ ListenerArn: `${ListenerArn}x` }))).toBe(
    'ListenerNotFoundException',
  );
  expect(await refused(client.modifyListener({ ListenerArn, SslPolicy: 'none' }))).toBe(
    'SSLPolicyNotFoundException',
  );
  expect(
    await refused(
      client.modifyListener({ ListenerArn, Certificates: [{ CertificateArn: certificate('x') }] }),
    ),
  ).toBe('CertificateNotFoundException');
  expect(await refused(client.createLoadBalancer({ Name: 'one-zone', Subnets: ['subnet-a'] }))).toBe(
    'ValidationError',
  );
  expect(
    await refused(
      client.createLoadBalancer({ Name: 'k8s-artifacthub-hub-1', Subnets: ['subnet-a', 'subnet-b'] }),
    ),
  ).toBe('DuplicateLoadBalancerNameException');
  expect(
    await refused(
      client.createListener({
        LoadBalancerArn,
        Port: 80,
        Protocol: 'HTTP',
        DefaultActions: [{ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301' } }],
      }),
    ),
  ).toBe('InvalidLoadBalancerActionException');
  expect(
    await refused(
      client.modifyTargetGroupAttributes({ TargetGroupArn, Attributes: [{ Key: 'no', Value: '1' }] }),
    ),
  ).toBe('ValidationError');
});

test('certificates are added beside the default one, which the CLI replaces', async () => {
  await using elb = await openElb();
  const { ListenerArn } = await createHub(elb);
  await elb.client.addListenerCertificates({
    ListenerArn,
    Certificates: [{ CertificateArn: certificate('two') }],
  });
  const given = () => elb.service.snapshot().loadBalancers[0]?.listeners[0]?.certificateArns;
  expect(given()).toEqual([certificate('one'), certificate('two')]);
  const aws = awsCli(elb.gateway);
  const arns = ['--listener-arn', ListenerArn, '--certificates', `CertificateArn=${certificate('two')}`];
  await aws('elbv2', 'modify-listener', ...arns);
  expect(given()).toEqual([certificate('two')]);
  await expect(aws('elbv2', 'remove-listener-certificates', ...arns)).rejects.toThrow(
    'OperationNotPermitted',
  );
});
