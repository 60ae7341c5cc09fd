import type { ApiObject } from '../json.ts';
import type { KindContext } from '../kinds/kind.ts';
import { kindOf } from '../kinds/list.ts';
import type { ServedResource } from '../resources.ts';
import { typeOf } from '../resources.ts';
import { invalid } from '../status.ts';
import type { FieldErrors } from './field-errors.ts';
import { createFieldErrors } from './field-errors.ts';
import { validateMetadata, validateMetadataUpdate } from './metadata.ts';
import { validateSchema } from './schema.ts';

/** Throws 422 with every error of the object. */
export function validateObject(resource: ServedResource, object: ApiObject, context: KindContext): void {
  const errors = createFieldErrors();
  validateMetadata(resource, object, errors);
  validateSchema(typeOf(resource), object, errors);
  kindOf(resource).validate?.(object, errors, context);
  refuse(resource, object, errors);
}

export function validateObjectUpdate(
  resource: ServedResource,
  subresource: string | undefined,
  object: ApiObject,
  old: ApiObject,
  context: KindContext,
): void {
  const errors = createFieldErrors();
  validateMetadataUpdate(object, old, errors);
  if (subresource !== 'status') {
    validateSchema(typeOf(resource), object, errors);
    kindOf(resource).validate?.(object, errors, context);
    kindOf(resource).validateUpdate?.(object, old, errors);
  }
  refuse(resource, object, errors);
}

function refuse(resource: ServedResource, object: ApiObject, { causes }: FieldErrors): void {
  if (causes.length > 0) throw invalid(resource, object.metadata.name ?? '', causes);
}
