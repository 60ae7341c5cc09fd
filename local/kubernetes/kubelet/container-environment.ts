import type {
  V1ConfigMap,
  V1Container,
  V1EnvVar,
  V1EnvVarSource,
  V1Pod,
  V1Secret,
} from '@kubernetes/client-node';
import type { KubernetesApi } from '../api.ts';
import { quantityValue } from '../apiserver/quantity.ts';
import { resources } from '../resources.ts';

/** Where a value may come from besides the pod itself. */
export interface EnvironmentSources {
  readonly api: KubernetesApi;
  readonly podIP: string;
  readonly hostIP: string;
}

/** What a container is given: the image's minimum and what its spec says, nothing of this process. */
export function containerEnvironment(
  pod: V1Pod,
  container: V1Container,
  sources: EnvironmentSources,
): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    HOSTNAME: pod.spec?.hostname ?? pod.metadata?.name ?? '',
  };
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const data = {
      ...(configMapRef && readConfigMap(pod, configMapRef, sources)),
      ...(secretRef && readSecret(pod, secretRef, sources)),
    };
    for (const [key, value] of Object.entries(data)) environment[prefix + key] = value;
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(pod, container, variable, environment, sources);
    if (value !== undefined) environment[variable.name] = value;
  }
  return environment;
}

/** `$(NAME)` where NAME is known; `$$` stands for `$`. */
export function expandVariables(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^()]+)\)/g, (match, name: string | undefined) =>
    name === undefined ? '$' : (environment[name] ?? match),
  );
}

function variableValue(
  pod: V1Pod,
  container: V1Container,
  { value, valueFrom }: V1EnvVar,
  environment: Readonly<Record<string, string>>,
  sources: EnvironmentSources,
): string | undefined {
  if (!valueFrom) return expandVariables(value ?? '', environment);
  return readSource(pod, container, valueFrom, sources);
}

function readSource(
  pod: V1Pod,
  container: V1Container,
  source: V1EnvVarSource,
  sources: EnvironmentSources,
): string | undefined {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  if (fieldRef) return fieldOf(pod, fieldRef.fieldPath, sources);
  if (resourceFieldRef) return resourceOf(container, resourceFieldRef);
  if (configMapKeyRef) {
    return pickKey(pod, 'ConfigMap', configMapKeyRef, readConfigMap(pod, configMapKeyRef, sources));
  }
  if (secretKeyRef) return pickKey(pod, 'Secret', secretKeyRef, readSecret(pod, secretKeyRef, sources));
  return undefined;
}

function fieldOf({ metadata, spec }: V1Pod, path: string, { podIP, hostIP }: EnvironmentSources): string {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript?.[1] === 'labels') return metadata?.labels?.[subscript[2] ?? ''] ?? '';
  if (subscript) return metadata?.annotations?.[subscript[2] ?? ''] ?? '';
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata?.name,
    'metadata.namespace': metadata?.namespace,
    'metadata.uid': metadata?.uid,
    'spec.nodeName': spec?.nodeName,
    'spec.serviceAccountName': spec?.serviceAccountName,
    'status.podIP': podIP,
    'status.podIPs': podIP,
    'status.hostIP': hostIP,
    'status.hostIPs': hostIP,
  };
  if (!(path in fields)) throw new Error(`field label not supported: ${path}`);
  return fields[path] ?? '';
}

function resourceOf(
  container: V1Container,
  { resource, divisor = '1' }: { resource: string; divisor?: string },
): string {
  const [kind, name = ''] = resource.split('.');
  const { limits, requests } = container.resources ?? {};
  const quantity = (kind === 'limits' ? limits : requests)?.[name] ?? '0';
  return String(Math.ceil(quantityValue(quantity) / (quantityValue(divisor) || 1)));
}

interface NamedSource {
  readonly name?: string;
  readonly optional?: boolean;
}

function readConfigMap(
  pod: V1Pod,
  { name = '', optional }: NamedSource,
  { api }: EnvironmentSources,
): Record<string, string> {
  const found = api.get<V1ConfigMap>(resources.configMaps, pod.metadata?.namespace, name);
  if (!found && !optional) throw new Error(`configmap "${name}" not found`);
  return found?.data ?? {};
}

function readSecret(
  pod: V1Pod,
  { name = '', optional }: NamedSource,
  { api }: EnvironmentSources,
): Record<string, string> {
  const found = api.get<V1Secret>(resources.secrets, pod.metadata?.namespace, name);
  if (!found && !optional) throw new Error(`secret "${name}" not found`);
  const data = Object.entries(found?.data ?? {});
  return Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

function pickKey(
  pod: V1Pod,
  kind: string,
  { name, key, optional }: NamedSource & { readonly key: string },
  data: Readonly<Record<string, string>>,
): string | undefined {
  if (data[key] === undefined && !optional) {
    throw new Error(`couldn't find key ${key} in ${kind} ${pod.metadata?.namespace}/${name}`);
  }
  return data[key];
}
