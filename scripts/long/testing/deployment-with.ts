import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { repositoryRoot } from '../../repository.ts';

/** The example's text with other safety rules, given as YAML. */
export function deploymentWith({ safety }: { readonly safety: string }): string {
  const file = join(repositoryRoot, 'provisioning', 'deployments', 'artifacthub.yaml');
  const document = parseDocument(readFileSync(file, 'utf8'));
  document.set('safety', parseDocument(safety).contents);
  return document.toString();
}
