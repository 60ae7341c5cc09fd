import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import { createClock } from '../../base/clock.ts';
import { createRandom } from '../../base/random.ts';
import type { Gateway } from '../gateway.ts';
import { startGateway } from '../gateway.ts';
import type { AwsService, ServiceContext } from '../service.ts';

/** One service behind a real gateway, on a clock so fast that a minute takes 60 ms. */
export interface Served<S extends AwsService> extends AsyncDisposable {
  readonly service: S;
  readonly gateway: Gateway;
  readonly clock: Clock;
  /** How often the service said that it changed. */
  readonly changes: { count: number };
  /** What an SDK client needs to talk to it. */
  readonly clientConfig: ClientConfig;
}

export interface ClientConfig {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

export async function serve<S extends AwsService>(
  create: (context: ServiceContext) => S,
  speed = 1000,
  beside: () => readonly AwsService[] = () => [],
): Promise<Served<S>> {
  const clock = createClock({ speed });
  const random = createRandom(1);
  const stop = new AbortController();
  const changes = { count: 0 };
  const service = create({
    clock,
    random,
    accountId: '111122223333',
    region: 'us-east-1',
    signal: stop.signal,
    changed: () => void changes.count++,
  });
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    services: [service, ...beside()],
    clock,
    random,
  });
  return {
    service,
    gateway,
    clock,
    changes,
    clientConfig: {
      region: 'us-east-1',
      endpoint: gateway.url,
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
      maxAttempts: 1,
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the test is over'));
      await gateway[Symbol.asyncDispose]();
    },
  };
}

/** Asks again until the answer is wanted; the test's own timeout is the bound. */
export async function until<T>(
  clock: Clock,
  read: () => Promise<T> | T,
  wanted: (value: T) => boolean,
): Promise<T> {
  for (;;) {
    const value = await read();
    if (wanted(value)) return value;
    await clock.sleep(2000);
  }
}

/** The AWS CLI, told nothing of this machine's own configuration; gives what it prints. */
export function awsCli({ url }: Gateway): (...args: string[]) => Promise<unknown> {
  const env = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_MAX_ATTEMPTS: '1',
  };
  return async (...args) => {
    const { stdout } = await promisify(execFile)(
      'aws',
      [...args, '--endpoint-url', url, '--output', 'json'],
      { env },
    );
    return stdout.trim() ? JSON.parse(stdout) : undefined;
  };
}
