import { KubeConfig } from '@kubernetes/client-node';
import type { StackDescriptor } from './stack.ts';

type Checked = Pick<
  StackDescriptor,
  | 'preset'
  | 'aws'
  | 'kubernetes'
  | 'dns'
  | 'telemetry'
  | 'control'
  | 'controlTarget'
  | 'uplink'
  | 'fis'
  | 'shards'
  | 'viewers'
>;

/**
 * No leak either way (design §6): everything that an emulated stack is reached by is loopback, and a run on AWS goes
 * to AWS. One line a problem, and never what a variable holds.
 */
export function foreignEndpoints(
  descriptor: Checked,
  environment: NodeJS.ProcessEnv = process.env,
): readonly string[] {
  if (descriptor.preset !== 'aws')
    return endpointsOf(descriptor).flatMap(([name, host]) =>
      isLoopback(host) ? [] : [`${name}: expected a loopback address, got "${host}"`],
    );
  const redirected = Object.keys(environment).filter((name) => /^AWS_ENDPOINT_URL/i.test(name));
  return [
    ...(descriptor.aws.endpointUrl === undefined ? [] : ['aws.endpointUrl: expected none on AWS']),
    ...redirected.map((name) => `environment variable ${name}: expected none on AWS`),
  ];
}

function endpointsOf({
  aws,
  kubernetes,
  dns,
  telemetry,
  control,
  controlTarget,
  uplink,
  fis,
  shards,
  viewers = [],
}: Checked): readonly (readonly [name: string, host: string])[] {
  const clusters = [kubernetes, shards?.kubernetes].flatMap((cluster) =>
    cluster ? clustersOf(cluster.kubeconfig) : [],
  );
  const urls: readonly (readonly [string, string | undefined])[] = [
    // Without one, the SDK goes to AWS.
    ['aws.endpointUrl', aws.endpointUrl ?? ''],
    ...clusters.map(({ name, server }) => [`kubernetes cluster "${name}"`, server] as const),
    ...Object.entries(telemetry).map(([name, url]) => [`telemetry.${name}`, url] as const),
    ['control.url', control?.url],
    ['controlTarget.url', controlTarget?.url],
    ['fis.endpointUrl', fis?.endpointUrl],
  ];
  return [
    ...urls.flatMap(([name, url]) => (url === undefined ? [] : [[name, hostOf(url)] as const])),
    ['dns.address', dns.address],
    ...(uplink ? [['uplink.host', uplink.host] as const] : []),
    ...viewers.map((viewer) => ['viewers', viewer] as const),
  ];
}

function clustersOf(kubeconfig: string): readonly { readonly name: string; readonly server: string }[] {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return config.clusters;
}

/** A text that is no URL is shown as it is. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}

/** A name may resolve to anywhere, also "localhost" by /etc/hosts: only addresses are known. */
function isLoopback(host: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(host) || host === '[::1]' || host === '::1';
}
