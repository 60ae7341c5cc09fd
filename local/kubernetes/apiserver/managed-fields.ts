import type { ApiObject } from './json.ts';
import type { ApiState, Request } from './request.ts';

export function recordManager(
  _state: ApiState,
  _request: Request,
  live: ApiObject | undefined,
  next: ApiObject,
): void {
  delete next.metadata.managedFields;
  if (live?.metadata.managedFields) next.metadata.managedFields = live.metadata.managedFields;
}
