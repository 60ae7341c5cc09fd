import type { Cause } from '../status.ts';

/** Collects every error of an object, in Kubernetes' words (apimachinery, `field.Error`). */
export interface FieldErrors {
  readonly causes: readonly Cause[];
  required(field: string, detail?: string): void;
  invalid(field: string, value: unknown, detail: string): void;
  notSupported(field: string, value: unknown, supported: readonly string[]): void;
  duplicate(field: string, value: unknown): void;
  notFound(field: string, value: unknown): void;
  forbidden(field: string, detail: string): void;
  tooLong(field: string, maximum: number): void;
}

export function createFieldErrors(): FieldErrors {
  const causes: Cause[] = [];
  const add = (reason: string, field: string, message: string): void =>
    void causes.push({ reason, message, field });
  return {
    causes,
    required: (field, detail) =>
      add('FieldValueRequired', field, detail ? `Required value: ${detail}` : 'Required value'),
    invalid: (field, value, detail) =>
      add('FieldValueInvalid', field, `Invalid value: ${show(value)}: ${detail}`),
    notSupported: (field, value, supported) => {
      const list = supported.map((text) => JSON.stringify(text)).join(', ');
      add('FieldValueNotSupported', field, `Unsupported value: ${show(value)}: supported values: ${list}`);
    },
    duplicate: (field, value) => add('FieldValueDuplicate', field, `Duplicate value: ${show(value)}`),
    notFound: (field, value) => add('FieldValueNotFound', field, `Not found: ${show(value)}`),
    forbidden: (field, detail) => add('FieldValueForbidden', field, `Forbidden: ${detail}`),
    tooLong: (field, maximum) =>
      add('FieldValueTooLong', field, `Too long: may not be more than ${maximum} bytes`),
  };
}

function show(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}
