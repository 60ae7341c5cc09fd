import { createClock } from '../../base/clock.ts';
import { createRandom } from '../../base/random.ts';
import { type Gateway, startGateway } from '../gateway.ts';
import type { AwsService, ServiceContext } from '../service.ts';

/** A gateway of a few services on a port of its own, for tests. */
export interface TestGateway extends Gateway {
  /** What an SDK client needs to talk to it. */
  readonly clientOptions: ClientOptions;
  readonly services: readonly AwsService[];
  /** How often a service told that something changed. */
  changes(): number;
}

export interface ClientOptions {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

/** Durations run a hundred times faster. */
export async function startTestGateway(
  services: (context: ServiceContext) => readonly AwsService[],
): Promise<TestGateway> {
  const closing = new AbortController();
  const clock = createClock({ speed: 100 });
  const random = createRandom(1);
  let changes = 0;
  const context: ServiceContext = {
    clock,
    random,
    accountId: '111122223333',
    region: 'us-east-1',
    signal: closing.signal,
    changed: () => {
      changes++;
    },
  };
  const made = services(context);
  const gateway = await startGateway({ host: '127.0.0.1', port: 0, services: made, clock, random });
  return {
    url: gateway.url,
    faults: gateway.faults,
    call: gateway.call,
    services: made,
    changes: () => changes,
    clientOptions: {
      region: context.region,
      endpoint: gateway.url,
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
      maxAttempts: 1,
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort(new Error('the gateway is closed'));
      await gateway[Symbol.asyncDispose]();
    },
  };
}
