import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, constants, mkdtempSync, openSync, readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { removeDirectory } from '../../local/base/remove-directory.ts';
import type { SmallCloudAddresses } from '../../local/compose/options.ts';
import type { SmallCloudOrder, SmallCloudStay } from '../../local/small-cloud.ts';
import type { Deployment } from '../deployment/schema.ts';
import { StackError } from '../stack-error.ts';
import { accessKey } from './access-key.ts';
import { loadRepository } from './blueprint.ts';

export interface SpawnedCloud {
  readonly addresses: SmallCloudAddresses;
  readonly directory: string;
  /** The end of what the process wrote to its log. */
  readonly log: () => string;
  /** Takes it down and waits until it is gone. May be called twice. */
  readonly close: () => Promise<void>;
  /** Lets it go on after this process; until then it ends with this process, however that ends. */
  readonly detach: () => Promise<void>;
}

/** Detached, in a session of its own: a terminal's Ctrl-C does not reach it; its input's end does (design §4). */
export async function spawnSmallCloud({
  deployment,
  speed,
  seed,
  signal,
}: {
  readonly deployment: Deployment;
  readonly speed: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}): Promise<SpawnedCloud> {
  signal.throwIfAborted();
  const directory = createDirectory();
  const logFile = join(directory, 'cloud.log');
  const child = spawn(process.execPath, [new URL('../../local/small-cloud.ts', import.meta.url).pathname], {
    detached: true,
    stdio: ['pipe', 'pipe', openSync(logFile, 'a', 0o600)],
    env: childEnvironment(),
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new StackError('Cannot talk to the small cloud: its process has no pipes');
  const exited = once(child, 'exit');
  const log = () => readFileSync(logFile, 'utf8').slice(-4000);
  const order: SmallCloudOrder = { options: optionsOf(deployment, { speed, seed, directory }) };
  stdin.on('error', () => undefined);
  stdin.write(`${JSON.stringify(order)}\n`);
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= (async () => {
      child.kill('SIGTERM');
      stdin.end();
      await exited;
      removeDirectory(directory);
    })();
    return closed;
  };
  const lines = createInterface({ input: stdout });
  const first = await Promise.race([once(lines, 'line', { signal }), exited.then(() => undefined)]).catch(
    async (error: unknown) => {
      await close();
      signal.throwIfAborted();
      throw error;
    },
  );
  if (!first) {
    const text = log();
    removeDirectory(directory);
    throw new StackError(`Cannot stand the embedded stack up: its process ended\n${text}`);
  }
  return {
    addresses: JSON.parse(String(first[0])) as SmallCloudAddresses,
    directory,
    log,
    close,
    detach: async () => {
      stdin.end(`${'stay' satisfies SmallCloudStay}\n`);
      await once(stdin, 'close');
      lines.close();
      stdout.destroy();
      child.unref();
    },
  };
}

const gibibyte = 2 ** 30;

/**
 * Memory-backed where there is room: initdb and base backups are thousands of small files. A killed process loses
 * nothing of it, and a power cut is no fault that the embedded stack knows.
 */
function createDirectory(): string {
  const directory = mkdtempSync(join(hasRoom('/dev/shm') ? '/dev/shm' : tmpdir(), 'stormproof-stack-'));
  chmodSync(directory, 0o755);
  return directory;
}

function hasRoom(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize > 2 * gibibyte;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

/** Nothing of this process's environment but what a program needs to start. */
function childEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR, NODE_DEBUG } = process.env;
  return { PATH, HOME, LANG, TMPDIR, NODE_DEBUG, AWS_EC2_METADATA_DISABLED: 'true' };
}

function optionsOf(
  deployment: Deployment,
  { speed, seed, directory }: { readonly speed: number; readonly seed: number; readonly directory: string },
): SmallCloudOrder['options'] {
  const workload = new URL('../../fixtures/workload/main.ts', import.meta.url).pathname;
  const load = new URL('../../fixtures/load/shards/main.ts', import.meta.url).pathname;
  return {
    speed,
    seed,
    directory,
    accountId: deployment.account,
    accessKeys: { [accessKey.accessKeyId]: accessKey.secretAccessKey },
    region: deployment.region,
    clusterName: deployment.cluster.name,
    kubernetesVersion: deployment.cluster.version,
    nodes: { count: deployment.cluster.nodesDesired, instanceType: deployment.cluster.nodeType },
    programs: { [deployment.workload.repository]: ['node', workload], [loadRepository]: ['node', load] },
    logGroupName: `/${deployment.name}/workload`,
  };
}
