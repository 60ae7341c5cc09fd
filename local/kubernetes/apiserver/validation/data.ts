import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { deepEqual } from '../json.ts';
import type { FieldErrors } from './field-errors.ts';
import { validateImmutable } from './metadata.ts';

const keyDetail =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/** Names of entries in a ConfigMap or Secret. */
export function validateData({ data }: V1ConfigMap | V1Secret, errors: FieldErrors): void {
  for (const key of Object.keys(data ?? {})) {
    if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key)) errors.invalid(`data[${key}]`, key, keyDetail);
  }
}

export function validateDataUpdate(
  object: V1ConfigMap | V1Secret,
  old: V1ConfigMap | V1Secret,
  errors: FieldErrors,
): void {
  if ('type' in old) validateImmutable('type', (object as V1Secret).type, old.type, errors);
  if (!old.immutable) return;
  if (!object.immutable) errors.forbidden('immutable', 'field is immutable when `immutable` is set');
  if (!deepEqual(object.data, old.data)) {
    errors.forbidden('data', 'field is immutable when `immutable` is set');
  }
}
