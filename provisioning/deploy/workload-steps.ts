import type { KubernetesObject } from '@kubernetes/client-node';
import { applyObjects, applyScaled } from './apply.ts';
import type { Blueprint } from './blueprint.ts';
import type { CloudSteps } from './cloud-steps.ts';
import { untilIngressHasHost, untilJobComplete, untilRolledOut } from './kubernetes-waits.ts';
import {
  configurationParameters,
  ingressParameters,
  migratorName,
  workloadParameters,
} from './manifest-parameters.ts';
import { readManifest } from './manifests.ts';
import type { StandUpClients } from './stand-up-clients.ts';
import type { Steps } from './steps.ts';

export interface WorkloadSteps {
  /** The name of the ingress's load balancer. */
  readonly host: Promise<string>;
  /** When every pod runs this release and is ready. */
  readonly workload: Promise<void>;
}

export function layWorkload(
  blueprint: Blueprint,
  clients: StandUpClients,
  step: Steps['step'],
  { network, ingress, cluster, database, password, image }: CloudSteps,
): WorkloadSteps {
  const { namespace, name } = blueprint.workload;
  const names = { NAMESPACE: namespace, NAME: name };
  const api = step('namespace', { cluster }, async (made) => {
    const client = await clients.kubernetes(made.cluster);
    await applyObjects(client, await readManifest('namespace', names));
    return client;
  });
  const host = step('ingress-host', { api, network, ingress }, async (made, signal) => {
    const objects = [
      ...(await readManifest('service', names)),
      ...(await readManifest('ingress', ingressParameters(blueprint, made))).map(withoutEmptyAnnotations),
    ];
    await applyObjects(made.api, objects);
    const ingressName = blueprint.loadBalancer.ingress;
    return untilIngressHasHost({ ...made, clock: clients.clock, signal, namespace, name: ingressName });
  });
  const configuration = step('configuration', { api, database, databasePassword: password }, async (made) =>
    applyObjects(made.api, await readManifest('configuration', configurationParameters(blueprint, made))),
  );
  const sources = { api, database, databasePassword: password, image };
  const migration = step('migration', { ...sources, configuration }, async (made, signal) => {
    if (!blueprint.database) return;
    await applyObjects(made.api, await readManifest('migrator', workloadParameters(blueprint, made)));
    const job = migratorName(blueprint);
    await untilJobComplete({ api: made.api, clock: clients.clock, signal, namespace, name: job });
  });
  // After the ingress has its load balancer: pods made before it would have no readiness gate.
  const workload = step('workload', { ...sources, migration, host }, async (made, signal) => {
    await applyWorkload(blueprint, made);
    await untilRolledOut({ api: made.api, clock: clients.clock, signal, namespace, name });
  });
  return { host, workload };
}

type Sources = Parameters<typeof workloadParameters>[1] & {
  readonly api: Parameters<typeof applyObjects>[0];
};

async function applyWorkload(blueprint: Blueprint, { api, ...sources }: Sources): Promise<void> {
  const parameters = workloadParameters(blueprint, sources);
  const { replicas } = blueprint.workload;
  for (const deployment of await readManifest('deployment', parameters)) {
    if (blueprint.autoscaling) await applyScaled(api, deployment, replicas);
    else await applyObjects(api, [withReplicas(deployment, replicas)]);
  }
  await applyObjects(api, await readManifest('disruption-budget', parameters));
  if (blueprint.autoscaling) await applyObjects(api, await readManifest('autoscaler', parameters));
}

function withReplicas(
  deployment: KubernetesObject & { readonly spec?: object },
  replicas: number,
): KubernetesObject {
  return { ...deployment, spec: { ...deployment.spec, replicas } } as KubernetesObject;
}

/** An empty web ACL annotation would not mean "none" to the controller. */
function withoutEmptyAnnotations(object: KubernetesObject): KubernetesObject {
  const kept = Object.entries(object.metadata?.annotations ?? {}).filter(([, value]) => value !== '');
  return { ...object, metadata: { ...object.metadata, annotations: Object.fromEntries(kept) } };
}
