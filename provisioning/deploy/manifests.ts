import { readFile } from 'node:fs/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments, Scalar, visit } from 'yaml';

export const manifestNames = [
  'namespace',
  'configuration',
  'service',
  'ingress',
  'migrator',
  'deployment',
  'autoscaler',
  'disruption-budget',
] as const;
export type ManifestName = (typeof manifestNames)[number];

export async function readManifest(
  name: ManifestName,
  parameters: Readonly<Record<string, string>>,
): Promise<KubernetesObject[]> {
  const url = new URL(`../manifests/${name}.yaml`, import.meta.url);
  return renderManifest(await readFile(url, 'utf8'), parameters);
}

/**
 * Puts parameters in the place of `${NAME}`, inside the scalars of the parsed document, so that no value can change its
 * structure. A plain scalar that is a whole number or a boolean becomes one, a quoted scalar stays text.
 */
export function renderManifest(
  text: string,
  parameters: Readonly<Record<string, string>>,
): KubernetesObject[] {
  const missing = new Set<string>();
  const objects = parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    visit(document, {
      Scalar: (_key, node) => {
        if (typeof node.value !== 'string' || !node.value.includes('${')) return;
        const filled = fill(node.value, parameters, missing);
        node.value = node.type === Scalar.PLAIN ? plain(filled) : filled;
      },
    });
    return document.toJS() as KubernetesObject;
  });
  if (missing.size > 0)
    throw new TypeError(`Cannot render the manifest: expected values for ${[...missing].join(', ')}`);
  return objects;
}

function fill(text: string, parameters: Readonly<Record<string, string>>, missing: Set<string>): string {
  return text.replace(/\$\{([A-Z][A-Z0-9_]*)\}/g, (_whole, name: string) => {
    const value = parameters[name];
    if (value === undefined) missing.add(name);
    return value ?? '';
  });
}

/** YAML's other readings of plain text (1e3, 0x10, null, ~) are never meant by a parameter. */
function plain(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : text;
}
