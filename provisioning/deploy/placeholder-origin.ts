import type { Blueprint } from './blueprint.ts';

/**
 * The origin until there is a load balancer: a name under our own zone that has no record, so that viewers get the
 * maintenance page.
 */
export function placeholderOrigin({ domain }: Blueprint): string {
  return `no-origin-yet.${domain.zone}`;
}
