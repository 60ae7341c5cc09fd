import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node';
import { createCertificateAuthority } from '../../base/certificates.ts';
import { createClock } from '../../base/clock.ts';
import { claimLoopbackBlock } from '../../base/loopback.ts';
import { createRandom } from '../../base/random.ts';
import { startKubernetes } from '../cluster.ts';
import { program } from './cluster.ts';

/** A whole cluster as its clients see it, over HTTPS; `pids` is kept to the processes of its pods. */
export async function startHttpsCluster(pids = new Set<number>()) {
  const block = await claimLoopbackBlock();
  const abort = new AbortController();
  const authority = await createCertificateAuthority('kubernetes');
  const plane = await startKubernetes({
    clock: createClock({ speed: 20 }),
    random: createRandom(7),
    host: block.at(0, 3),
    port: 6443,
    authority,
    adminToken: 'admin',
    nodes: ['a', 'b', 'c'].map((letter, index) => ({
      name: `node-${letter}`,
      zone: `us-east-1${letter}`,
      address: block.at(20, index + 1),
      cpu: 2,
      memoryBytes: 2 ** 32,
      instanceType: 'm6i.large',
    })),
    allocatePodAddress: () => block.next('podZoneA'),
    releasePodAddress: () => undefined,
    resolveImage: async () => ({ digest: `sha256:${'a'.repeat(64)}`, command: ['node', program] }),
    onLogLine: () => undefined,
    dnsServer: { address: block.at(0, 53), port: 53_053 },
    onProcess: (pid) => void pids.add(pid),
    onProcessExit: (pid) => void pids.delete(pid),
    signal: abort.signal,
  });
  const directory = await mkdtemp(join(tmpdir(), 'cluster-'));
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, plane.caPem);
  const flags = [`--server=${plane.url}`, '--token=admin', `--certificate-authority=${caFile}`];
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server: plane.url, caData: Buffer.from(plane.caPem).toString('base64') }],
    users: [{ name: 'u', token: 'admin' }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  let disposed = false;
  return {
    plane,
    config,
    flags,
    kubectl: async (...args: string[]) => {
      const env = { PATH: process.env.PATH, HOME: directory };
      return (await promisify(execFile)('kubectl', [...flags, ...args], { env })).stdout;
    },
    [Symbol.asyncDispose]: async () => {
      if (disposed) return;
      disposed = true;
      await plane[Symbol.asyncDispose]();
      abort.abort();
      await block[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}
