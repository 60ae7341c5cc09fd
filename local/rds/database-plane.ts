import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { debuglog } from 'node:util';
import type { Backups } from './backups.ts';
import { createBackups } from './backups.ts';
import { reachableBinaries } from './binaries.ts';
import { createBreakage } from './breakage.ts';
import type {
  DatabaseInstance,
  DatabasePlane,
  DatabasePlaneOptions,
  DatabaseSpecification,
  RestoreSource,
} from './contract.ts';
import { DatabasePlaneError } from './contract.ts';
import { createClusters } from './db-cluster/cluster-plane.ts';
import { Instance } from './instance.ts';
import type { Origin, RestorePlan } from './restore.ts';
import { restoreOrigin } from './restore.ts';
import { startSeed } from './seed.ts';
import type { ServerHost } from './server.ts';
import { canEnter, serviceAccount } from './service-account.ts';
import { canMountVolumes, mountVolume } from './volume.ts';

/** Starts without an instance; an empty cluster is made meanwhile, so that the first `create` need not wait for it. */
export async function startDatabasePlane(options: DatabasePlaneOptions): Promise<DatabasePlane> {
  options.signal.throwIfAborted();
  const instances = new Map<string, Instance>();
  const host = await prepareHost(options);
  const close = new AbortController();
  const { binaries, account } = host;
  const seedDirectory = join(options.dataDirectory, 'seed');
  const seed = startSeed(seedDirectory, { binaries, account, ownVolumes: host.mountVolume !== undefined });
  const backups = createBackups(host);

  const find = (identifier: string): Instance => {
    const instance = instances.get(identifier);
    if (instance) return instance;
    throw new DatabasePlaneError('NotFound', `Cannot find a DB instance named "${identifier}"`);
  };
  const open = async (specification: DatabaseSpecification, origin: Origin): Promise<DatabaseInstance> => {
    const certificate = await options.certificate([specification.endpointName], []);
    close.signal.throwIfAborted();
    checkSpecification(specification, instances);
    const instance = new Instance({
      ...options,
      host,
      backups,
      specification,
      certificate,
      replicationPassword: randomBytes(24).toString('base64url'),
    });
    instances.set(specification.identifier, instance);
    try {
      return await instance.create(origin);
    } catch (error) {
      instances.delete(specification.identifier);
      throw error;
    }
  };
  const clusters = createClusters(options, { host, seed, signal: close.signal });
  const breakage = createBreakage((identifier) => clusters.find(identifier) ?? find(identifier));
  let closed: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    close.abort(new Error('The database plane was closed'));
    await Promise.all([clusters.close(), ...[...instances.values()].map((instance) => instance.close())]);
    await seed.settled();
    await backups.dropAll();
    const left = [seedDirectory, join(options.dataDirectory, 'postgres')];
    await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })));
  };
  const dispose = (): Promise<void> => {
    closed ??= closeAll();
    return closed;
  };
  const onAbort = (): void => void dispose().catch((error: unknown) => log('cannot close: %O', error));
  options.signal.addEventListener('abort', onAbort, { signal: close.signal });

  return {
    create: (specification) => open(specification, seed),
    restore: async (specification, from) =>
      open(specification, restoreOrigin(planOf(from, backups, find), { account, signal: close.signal })),
    setBackups: async (identifier, on) => find(identifier).setBackups(on),
    backUp: async (identifier, backup) => void (await find(identifier).backUp(backup)),
    dropBackup: (backup) => backups.drop(backup),
    reboot: async (identifier, how) => find(identifier).reboot(how),
    modifyParameters: async (identifier, parameters) => ({
      pendingReboot: await find(identifier).modifyParameters(parameters),
    }),
    setMasterPassword: async (identifier, password) => find(identifier).setMasterPassword(password),
    stop: async (identifier) => find(identifier).stop(),
    start: async (identifier) => find(identifier).start(),
    modify: async (identifier, change) => find(identifier).modify(change),
    delete: async (identifier) => {
      await find(identifier).delete();
      instances.delete(identifier);
    },
    describe: (identifier) => find(identifier).describe(),
    list: () => [...instances.values()].map((instance) => instance.describe()),
    setDefect: (identifier, defect, on) => find(identifier).setDefect(defect, on),
    ownVolumes: host.mountVolume !== undefined,
    clusters: clusters.plane,
    break: breakage.break,
    mend: breakage.mend,
    [Symbol.asyncDispose]: dispose,
  };
}

const log = debuglog('stormproof:rds');

function planOf(from: RestoreSource, backups: Backups, find: (identifier: string) => Instance): RestorePlan {
  if ('backup' in from) return { backup: backups.find(from.backup).directory, until: 'consistent' };
  return find(from.identifier).restorePlan(from.time);
}

async function prepareHost(options: DatabasePlaneOptions): Promise<ServerHost> {
  const { clock, caPem, dataDirectory, allocateAddress, onProcess, network, admits, iam } = options;
  const account = serviceAccount();
  await mkdir(dataDirectory, { recursive: true });
  if (account.uid !== undefined) await chmod(dataDirectory, (await stat(dataDirectory)).mode | 0o011);
  checkPathLength(dataDirectory);
  if (!(await canEnter(dataDirectory, account))) {
    throw new DatabasePlaneError(
      'CannotStart',
      `Cannot keep databases in "${dataDirectory}": the user ${account.uid}, to which root drops for PostgreSQL, cannot enter it; choose a directory whose parents others may enter, such as one under /tmp`,
    );
  }
  const binaries = await reachableBinaries(join(dataDirectory, 'postgres'), account);
  let directories = 0;
  return {
    clock,
    binaries,
    account,
    caPem,
    network,
    admits,
    iam,
    allocateAddress,
    mountVolume: canMountVolumes(dataDirectory) ? (directory) => mountVolume(directory, account) : undefined,
    allocateDirectory: () => join(dataDirectory, `s${++directories}`),
    onProcess: (process) => onProcess?.(process),
  };
}

/** sun_path holds 107 characters (unix(7)), and the socket's own part is `/s999/.s.PGSQL.65535`. */
function checkPathLength(dataDirectory: string): void {
  const most = 107 - '/s999/.s.PGSQL.65535'.length;
  const length = Buffer.byteLength(dataDirectory);
  if (length <= most) return;
  throw new DatabasePlaneError(
    'CannotStart',
    `Cannot keep databases in "${dataDirectory}": expected a path of at most ${most} bytes, got ${length}; sockets live in it`,
  );
}

function checkSpecification(
  specification: DatabaseSpecification,
  instances: ReadonlyMap<string, Instance>,
): void {
  const { identifier, zones, multiAz } = specification;
  if (instances.has(identifier)) {
    throw new DatabasePlaneError(
      'AlreadyExists',
      `Cannot create "${identifier}": a DB instance of that name exists`,
    );
  }
  if (multiAz && zones[0] === zones[1]) {
    throw new DatabasePlaneError(
      'InvalidParameter',
      `Cannot create "${identifier}": expected two zones, got "${zones[0]}" twice`,
    );
  }
}
