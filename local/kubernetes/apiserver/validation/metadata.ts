import type { ApiObject } from '../json.ts';
import { deepEqual } from '../json.ts';
import type { ServedResource } from '../resources.ts';
import type { FieldErrors } from './field-errors.ts';
import {
  dns1035Error,
  dnsLabelError,
  dnsSubdomainError,
  labelValueError,
  qualifiedNameError,
} from './names.ts';

export function validateMetadata(
  resource: ServedResource,
  { metadata }: ApiObject,
  errors: FieldErrors,
): void {
  if (!metadata.name) errors.required('metadata.name', 'name or generateName is required');
  else {
    const problem = nameRule(resource)(metadata.name);
    if (problem) errors.invalid('metadata.name', metadata.name, problem);
  }
  validateMaps(metadata, errors);
}

export function validateMetadataUpdate(object: ApiObject, old: ApiObject, errors: FieldErrors): void {
  validateMaps(object.metadata, errors);
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const added = finalizers.filter((name) => !old.metadata.finalizers?.includes(name));
  if (deletionTimestamp && added.length > 0) {
    const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((name) => JSON.stringify(name)).join(', ')}}`;
    errors.forbidden('metadata.finalizers', detail);
  }
}

function nameRule({ group, plural }: ServedResource): (name: string) => string | undefined {
  if (plural === 'services') return dns1035Error;
  if (plural === 'namespaces' && group === '') return dnsLabelError;
  return dnsSubdomainError;
}

function validateMaps(metadata: ApiObject['metadata'], errors: FieldErrors): void {
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    const problem = qualifiedNameError(key);
    if (problem) errors.invalid('metadata.labels', key, problem);
    const valueProblem = labelValueError(value);
    if (valueProblem) errors.invalid('metadata.labels', value, valueProblem);
  }
  for (const key of Object.keys(metadata.annotations ?? {})) {
    const problem = qualifiedNameError(key.toLowerCase());
    if (problem) errors.invalid('metadata.annotations', key, problem);
  }
  const controllers = (metadata.ownerReferences ?? []).filter(({ controller }) => controller);
  if (controllers.length > 1) {
    errors.invalid(
      'metadata.ownerReferences',
      metadata.ownerReferences,
      `Only one reference can have Controller set to true. Found "true" in references for ${controllers[0]?.name} and ${controllers[1]?.name}`,
    );
  }
}

export function validateImmutable(field: string, value: unknown, old: unknown, errors: FieldErrors): void {
  if (!deepEqual(value, old)) errors.invalid(field, value, 'field is immutable');
}
