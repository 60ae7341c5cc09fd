import type { V1Container, V1ContainerPort, V1Probe } from '@kubernetes/client-node';
import { quantityValue } from '../quantity.ts';
import type { FieldErrors } from './field-errors.ts';
import { dnsLabelError } from './names.ts';

/** Rules of containers (Kubernetes, pkg/apis/core/validation). Required members and enumerations are the schema's. */
export function validateContainers(
  containers: readonly V1Container[],
  volumes: ReadonlySet<string>,
  path: string,
  errors: FieldErrors,
): void {
  const names = new Set<string>();
  containers.forEach((container, index) => {
    const at = `${path}[${index}]`;
    const problem = container.name ? dnsLabelError(container.name) : undefined;
    if (problem) errors.invalid(`${at}.name`, container.name, problem);
    if (container.name && names.has(container.name)) errors.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    validateContainer(container, volumes, at, errors);
  });
}

function validateContainer(
  container: V1Container,
  volumes: ReadonlySet<string>,
  at: string,
  errors: FieldErrors,
): void {
  if (!container.image) errors.required(`${at}.image`);
  validatePorts(container.ports ?? [], `${at}.ports`, errors);
  container.env?.forEach(({ value, valueFrom }, index) => {
    if (value && valueFrom) {
      errors.invalid(`${at}.env[${index}].valueFrom`, '', 'may not be specified when `value` is not empty');
    }
  });
  validateResources(container.resources, `${at}.resources`, errors);
  container.volumeMounts?.forEach(({ name }, index) => {
    if (name && !volumes.has(name)) errors.notFound(`${at}.volumeMounts[${index}].name`, name);
  });
  validateProbe(container.livenessProbe, `${at}.livenessProbe`, errors, true);
  validateProbe(container.readinessProbe, `${at}.readinessProbe`, errors, false);
  validateProbe(container.startupProbe, `${at}.startupProbe`, errors, true);
}

export function validatePortNumber(port: unknown, field: string, errors: FieldErrors): void {
  if (typeof port === 'string') return;
  if (typeof port !== 'number' || port < 1 || port > 65_535) {
    errors.invalid(field, port ?? 0, 'must be between 1 and 65535, inclusive');
  }
}

function validatePorts(ports: readonly V1ContainerPort[], path: string, errors: FieldErrors): void {
  const names = new Set<string>();
  ports.forEach(({ name, containerPort }, index) => {
    const at = `${path}[${index}]`;
    if (containerPort === 0) errors.required(`${at}.containerPort`);
    else if (containerPort !== undefined) validatePortNumber(containerPort, `${at}.containerPort`, errors);
    if (name === undefined) return;
    const problem = portNameError(name);
    if (problem) errors.invalid(`${at}.name`, name, problem);
    else if (names.has(name)) errors.duplicate(`${at}.name`, name);
    names.add(name);
  });
}

/** IANA service names. */
function portNameError(name: string): string | undefined {
  if (name.length > 15) return 'must be no more than 15 characters';
  if (!/^[-a-z0-9]+$/.test(name)) {
    return 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)';
  }
  if (!/[a-z]/.test(name)) return 'must contain at least one letter (a-z)';
  return /^-|-$|--/.test(name) ? 'must not begin or end with a hyphen, nor hold two in a row' : undefined;
}

function validateResources(resources: V1Container['resources'], path: string, errors: FieldErrors): void {
  for (const [name, request] of Object.entries(resources?.requests ?? {})) {
    const limit = resources?.limits?.[name];
    if (quantityValue(request) < 0) {
      errors.invalid(`${path}.requests[${name}]`, request, 'must be greater than or equal to 0');
    } else if (limit !== undefined && quantityValue(request) > quantityValue(limit)) {
      errors.invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`);
    }
  }
}

const handlers = ['exec', 'grpc', 'httpGet', 'tcpSocket'] as const;

function validateProbe(
  probe: V1Probe | undefined,
  path: string,
  errors: FieldErrors,
  onceIsEnough: boolean,
): void {
  if (!probe) return;
  const given = handlers.filter((handler) => probe[handler] !== undefined);
  if (given.length === 0) errors.required(path, 'must specify a handler type');
  for (const extra of given.slice(1)) {
    errors.forbidden(`${path}.${extra}`, 'may not specify more than 1 handler type');
  }
  if (probe.httpGet) validatePortNumber(probe.httpGet.port, `${path}.httpGet.port`, errors);
  if (probe.tcpSocket) validatePortNumber(probe.tcpSocket.port, `${path}.tcpSocket.port`, errors);
  for (const name of numbersOfProbe) {
    const value = probe[name];
    if (value !== undefined && value < 0)
      errors.invalid(`${path}.${name}`, value, 'must be greater than or equal to 0');
  }
  if (onceIsEnough && probe.successThreshold !== 1) {
    errors.invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1');
  }
}

const numbersOfProbe = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;
