import type {
  V1EndpointSlice,
  V1HTTPIngressPath,
  V1Ingress,
  V1IngressBackend,
  V1Service,
} from '@kubernetes/client-node';
import { validatePortNumber } from './containers.ts';
import type { FieldErrors } from './field-errors.ts';
import { validateImmutable } from './metadata.ts';
import { dnsLabelError, dnsSubdomainError } from './names.ts';

export function validateService({ spec }: V1Service, errors: FieldErrors): void {
  if (!spec) {
    errors.required('spec');
    return;
  }
  const ports = spec.ports ?? [];
  if (ports.length === 0 && spec.type !== 'ExternalName' && spec.clusterIP !== 'None') {
    errors.required('spec.ports');
  }
  if (spec.type === 'ExternalName' && !spec.externalName) errors.required('spec.externalName');
  const names = new Set<string>();
  ports.forEach(({ name, port, targetPort }, index) => {
    const at = `spec.ports[${index}]`;
    if (!name && ports.length > 1) errors.required(`${at}.name`);
    const problem = name ? dnsLabelError(name) : undefined;
    if (problem) errors.invalid(`${at}.name`, name, problem);
    if (name && names.has(name)) errors.duplicate(`${at}.name`, name);
    names.add(name ?? '');
    validatePortNumber(port, `${at}.port`, errors);
    if (targetPort !== undefined) validatePortNumber(targetPort, `${at}.targetPort`, errors);
  });
}

export function validateServiceUpdate({ spec }: V1Service, old: V1Service, errors: FieldErrors): void {
  if (spec?.type === 'ExternalName' || old.spec?.type === 'ExternalName') return;
  if (spec?.clusterIP !== old.spec?.clusterIP) {
    errors.invalid('spec.clusterIPs[0]', spec?.clusterIPs, 'may not change once set');
  }
}

export function validateIngress({ spec }: V1Ingress, errors: FieldErrors): void {
  const rules = spec?.rules ?? [];
  if (rules.length === 0 && !spec?.defaultBackend) {
    errors.invalid('spec', spec ?? {}, 'either `defaultBackend` or `rules` must be specified');
  }
  if (spec?.defaultBackend) validateBackend(spec.defaultBackend, 'spec.defaultBackend', errors);
  rules.forEach(({ host, http }, index) => {
    const at = `spec.rules[${index}]`;
    if (host) validateHost(host, `${at}.host`, errors);
    http?.paths?.forEach((path, number) => {
      validatePath(path, `${at}.http.paths[${number}]`, errors);
    });
  });
}

function validateHost(host: string, field: string, errors: FieldErrors): void {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) errors.invalid(field, host, 'must be a DNS name, not an IP address');
  const problem = dnsSubdomainError(host.replace(/^\*\./, ''));
  if (problem) errors.invalid(field, host, problem);
}

function validatePath({ path, pathType, backend }: V1HTTPIngressPath, at: string, errors: FieldErrors): void {
  if (pathType !== 'ImplementationSpecific' && !path?.startsWith('/')) {
    errors.invalid(`${at}.path`, path ?? '', 'must be an absolute path');
  }
  if (backend) validateBackend(backend, `${at}.backend`, errors);
}

function validateBackend({ service, resource }: V1IngressBackend, at: string, errors: FieldErrors): void {
  if (service && resource) {
    errors.invalid(at, '', 'cannot set both resource and service backends');
    return;
  }
  if (resource) return;
  if (!service) {
    errors.required(`${at}.service`);
    return;
  }
  const { number, name } = service.port ?? {};
  if (number === undefined && name === undefined) {
    errors.required(`${at}.service.port`, 'port name or number is required');
  } else if (number !== undefined && name !== undefined) {
    errors.invalid(`${at}.service.port`, service.port, 'cannot set both port name & port number');
  } else if (number !== undefined) validatePortNumber(number, `${at}.service.port.number`, errors);
}

export function validateEndpointSliceUpdate(
  { addressType }: V1EndpointSlice,
  old: V1EndpointSlice,
  errors: FieldErrors,
): void {
  validateImmutable('addressType', addressType, old.addressType, errors);
}
