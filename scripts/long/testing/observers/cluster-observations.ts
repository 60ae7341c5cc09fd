import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Stack } from '../../../../provisioning/attach.ts';
import type { Observation } from './plane-observations.ts';
import { cpusOf, processesOfPod, stressors } from './pod-processes.ts';

const execute = promisify(execFile);

/** The kernel's view of a pod's processes, and kubectl's of the nodes. */
export function clusterObservations(
  { descriptor }: Stack,
  directory: string,
): Readonly<Record<string, Observation>> {
  const ofPod =
    (look: (pod: string) => Promise<{ there: boolean; seen: unknown }>): Observation =>
    async (memo) => {
      const pod = (memo as PodMemo | undefined)?.before.pod ?? lastPod;
      lastPod = pod;
      return pod === '' ? { there: false, seen: 'no pod yet' } : await look(pod);
    };
  let lastPod = '';
  const kubeconfig = join(directory, 'observer-kubeconfig');
  writeFileSync(kubeconfig, descriptor.kubernetes.kubeconfig, { mode: 0o600 });
  const notReady = async (): Promise<readonly string[]> => {
    const { stdout } = await execute('kubectl', ['--kubeconfig', kubeconfig, 'get', 'nodes', '-o', 'json']);
    const { items } = JSON.parse(stdout) as { readonly items: readonly KubectlNode[] };
    return items
      .filter(
        ({ status }) => !status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
      )
      .map(({ metadata }) => metadata.name);
  };
  const down: Observation = async () => {
    const seen = await notReady();
    return { there: seen.length > 0, seen };
  };
  return {
    'pod-hung': ofPod(async (pod) => {
      const seen = processesOfPod(pod).map(({ state }) => state);
      return { there: seen.includes('T'), seen };
    }),
    'pod-cpu-stressed': async () => {
      const seen = await cpusOf(stressors);
      return { there: seen >= 0.1, seen };
    },
    'pod-memory-stressed': async () => {
      const seen = stressors().map(({ residentBytes }) => residentBytes);
      return { there: seen.some((bytes) => bytes >= 128 * 2 ** 20), seen };
    },
    'pod-file-descriptors-exhausted': ofPod(async (pod) => {
      const seen = processesOfPod(pod).map(({ openFiles, mayOpen }) => ({ openFiles, mayOpen }));
      return { there: seen.some(({ openFiles, mayOpen }) => mayOpen <= openFiles + 1), seen };
    }),
    'node-stopped': down,
    'zone-lost': down,
  };
}

interface PodMemo {
  readonly before: { readonly pod: string };
}

interface KubectlNode {
  readonly metadata: { readonly name: string };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}
