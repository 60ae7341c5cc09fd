import type { V1Ingress } from '@kubernetes/client-node';

/** AWS Load Balancer Controller, "Ingress annotations". */
const prefix = 'alb.ingress.kubernetes.io/';

export interface Annotations {
  text(name: string): string | undefined;
  /** `a,b` → `['a', 'b']`. */
  list(name: string): readonly string[];
  /** `k=v,k2=v2` → entries. */
  map(name: string): Readonly<Record<string, string>>;
  /** JSON; a text that is none rejects with the annotation's name. */
  json(name: string): unknown;
}

export function annotationsOf({ metadata }: V1Ingress): Annotations {
  const text = (name: string) => metadata?.annotations?.[`${prefix}${name}`];
  const list = (name: string) =>
    (text(name) ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  return {
    text,
    list,
    map: (name) => Object.fromEntries(list(name).map((entry) => splitOnce(entry))),
    json: (name) => {
      const value = text(name);
      if (value === undefined) return undefined;
      try {
        return JSON.parse(value);
      } catch (error) {
        throw new TypeError(`Cannot read annotation "${prefix}${name}": expected JSON, got "${value}"`, {
          cause: error,
        });
      }
    },
  };
}

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}
