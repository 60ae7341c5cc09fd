import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClock } from '../base/clock.ts';
import { claimLoopbackBlock, type LoopbackBlock } from '../base/loopback.ts';
import type { Network } from '../base/network.ts';
import { createRandom } from '../base/random.ts';
import type { AccessRecord } from './access-record.ts';
import type {
  ListenerConfig,
  LoadBalancerConfig,
  LoadBalancersConfig,
  TargetConfig,
  TargetGroupConfig,
} from './config.ts';
import type { Inspect } from './inspection.ts';
import { type LoadBalancerPlane, startLoadBalancers } from './load-balancers.ts';

/** A plane for tests with one load balancer, one target group, and targets on loopback. */
export interface TestPlane extends AsyncDisposable {
  readonly plane: LoadBalancerPlane;
  readonly block: LoopbackBlock;
  readonly address: string;
  readonly access: readonly AccessRecord[];
  /** Applies and waits for the listeners. */
  apply(targets: readonly TargetConfig[], change?: Change): Promise<void>;
  /** Starts an application that answers as told; health checks get 200 unless it says otherwise. */
  target(answer: RequestListener, health?: () => number): Promise<{ target: TargetConfig; server: Server }>;
  /** Resolves once the target group's states, in order, are these. */
  states(...expected: string[]): Promise<void>;
  get(path: string, options?: GetOptions): Promise<Answer>;
}

export interface Change {
  readonly loadBalancer?: Partial<LoadBalancerConfig>;
  readonly listener?: Partial<ListenerConfig>;
  readonly group?: Partial<TargetGroupConfig>;
}

export interface GetOptions {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
  readonly from?: string;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export const groupArn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/k8s-hub/1';

export async function startTestPlane({
  inspect = async () => ({ action: 'allow', insertHeaders: [] }),
  speed = 10,
  network,
}: {
  inspect?: Inspect;
  speed?: number;
  network?: Pick<Network, 'route' | 'onReroute'>;
} = {}): Promise<TestPlane> {
  const block = await claimLoopbackBlock();
  const clock = createClock({ speed });
  const access: AccessRecord[] = [];
  const plane = await startLoadBalancers({
    clock,
    random: createRandom(1),
    ports: block.ports,
    inspect,
    network,
    onAccess: (record) => access.push(record),
  });
  const address = block.at(2, 1);
  const servers: Server[] = [];
  return {
    plane,
    block,
    address,
    access,
    apply: async (targets, change = {}) => {
      plane.apply(testConfig(address, targets, change));
      await plane.settled();
    },
    target: async (answer, health = () => 200) => {
      const server = createServer((incoming, response) => {
        if (incoming.url !== '/healthz') return void answer(incoming, response);
        response.writeHead(health()).end();
      });
      servers.push(server);
      server.listen(0, block.next('podZoneA'));
      await once(server, 'listening');
      const { address: id, port } = server.address() as AddressInfo;
      return { target: { id, port, zone: 'us-east-1a', draining: false }, server };
    },
    states: (...expected) => untilStates(plane, expected),
    get: (path, options) => get(`http://${address}:8000${path}`, { from: block.at(200, 1), ...options }),
    [Symbol.asyncDispose]: async () => {
      await plane[Symbol.asyncDispose]();
      for (const server of servers) server.close().closeAllConnections();
      await block[Symbol.asyncDispose]();
    },
  };
}

export function testConfig(
  address: string,
  targets: readonly TargetConfig[],
  { loadBalancer, listener, group }: Change,
): LoadBalancersConfig {
  const forward = [{ Type: 'forward' as const, TargetGroupArn: groupArn }];
  return {
    loadBalancers: [
      {
        arn: 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/k8s-hub/1',
        dnsName: 'k8s-hub-1.us-east-1.elb.amazonaws.com',
        addresses: [address],
        attributes: {},
        ingress: [{ fromPort: 8000, toPort: 8443, cidrs: ['127.0.0.0/8'] }],
        listeners: [
          {
            port: 8000,
            protocol: 'HTTP',
            certificates: [],
            rules: [{ Priority: 'default', IsDefault: true, Actions: forward }],
            ...listener,
          },
        ],
        ...loadBalancer,
      },
    ],
    targetGroups: [
      {
        arn: groupArn,
        config: {
          Protocol: 'HTTP',
          TargetType: 'ip',
          HealthCheckPath: '/healthz',
          HealthCheckIntervalSeconds: 1,
          HealthCheckTimeoutSeconds: 1,
          HealthyThresholdCount: 2,
          UnhealthyThresholdCount: 2,
        },
        attributes: {},
        targets,
        ...group,
      },
    ],
  };
}

function untilStates(plane: LoadBalancerPlane, expected: readonly string[]): Promise<void> {
  const reached = (): boolean =>
    plane
      .targetHealth(groupArn)
      .map(({ TargetHealth }) => TargetHealth?.State)
      .join() === expected.join();
  return new Promise((resolve) => {
    const check = (): void => {
      if (!reached()) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = plane.onTargetHealthChange(check);
    check();
  });
}

async function get(url: string, { method, headers, body, from, signal }: GetOptions): Promise<Answer> {
  const outgoing = request(url, { method, headers, agent: false, localAddress: from, signal });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString(),
  };
}
