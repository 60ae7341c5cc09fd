import { StatusError } from '../api.ts';
import type { GroupVersionKind, ServedResource } from './resources.ts';
import { qualified } from './resources.ts';

/** One member of `details.causes`. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export function statusError(status: number, reason: string, message: string, details?: object): StatusError {
  return new StatusError(status, reason, message, details);
}

export function notFound(resource: ServedResource, name: string): StatusError {
  const details = { name, group: resource.group || undefined, kind: resource.plural };
  return new StatusError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, details);
}

export function alreadyExists(resource: ServedResource, name: string): StatusError {
  const details = { name, group: resource.group || undefined, kind: resource.plural };
  return new StatusError(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, details);
}

export function conflict(resource: ServedResource, name: string, message: string): StatusError {
  const details = { name, group: resource.group || undefined, kind: resource.plural };
  const text = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${message}`;
  return new StatusError(409, 'Conflict', text, details);
}

export const modifiedMeanwhile =
  'the object has been modified; please apply your changes to the latest version and try again';

export function invalid(gvk: GroupVersionKind, name: string, causes: readonly Cause[]): StatusError {
  const subject = gvk.group ? `${gvk.kind}.${gvk.group}` : gvk.kind;
  const texts = causes.map(({ field, message }) => (field ? `${field}: ${message}` : message));
  const [only] = texts;
  const text = texts.length === 1 ? only : `[${texts.join(', ')}]`;
  const details = { name, group: gvk.group || undefined, kind: gvk.kind, causes };
  return new StatusError(422, 'Invalid', `${subject} "${name}" is invalid: ${text}`, details);
}

export function forbidden(resource: ServedResource, name: string, why: string): StatusError {
  const details = { name: name || undefined, group: resource.group || undefined, kind: resource.plural };
  const subject = name ? `${qualified(resource)} "${name}"` : qualified(resource);
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, details);
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

export function methodNotAllowed(resource: ServedResource, verb: string): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind "${qualified(resource)}"`,
    { group: resource.group || undefined, kind: resource.plural },
  );
}

/** What the router of a real server says for a path, resource or version that it has not. */
export function noSuchPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** The `Status` object of an error. */
export function statusBody(error: StatusError): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    reason: error.reason || undefined,
    details: error.details,
    code: error.status,
  };
}
