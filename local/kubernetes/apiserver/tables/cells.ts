import type { V1Container, V1LabelSelector, V1PodTemplateSpec } from '@kubernetes/client-node';

/** The time since an instant, in two units at most (apimachinery, duration.HumanDuration). */
export function age(since: Date | string | undefined, now: Date): string {
  if (since === undefined) return '<unknown>';
  return humanDuration(now.getTime() - new Date(since).getTime());
}

export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return two(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? two(years, 'y', days % 365, 'd') : `${years}y`;
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** Names and images of a template's containers. */
export function containersAndImages(template: V1PodTemplateSpec | undefined): [string, string] {
  const containers: readonly V1Container[] = template?.spec?.containers ?? [];
  return [containers.map(({ name }) => name).join(','), containers.map(({ image = '' }) => image).join(',')];
}

/** A selector as text: `app=hub,tier in (a,b)`. */
export function selectorText(selector: V1LabelSelector | undefined): string {
  if (!selector) return '<none>';
  const equal = Object.entries(selector.matchLabels ?? {})
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${[...values].sort().join(',')})`;
  });
  return [...equal, ...expressions].join(',') || '<none>';
}

export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  return selectorText(labels && Object.keys(labels).length > 0 ? { matchLabels: { ...labels } } : undefined);
}

/** At most three, and how many more there are. */
export function shortList(items: readonly string[], separator = ','): string {
  const shown = items.slice(0, 3).join(separator);
  return items.length > 3 ? `${shown} + ${items.length - 3} more...` : shown;
}
