import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { repositoryRoot } from '../../repository.ts';

/** The example's text with other safety rules, given as YAML, and another budget of users' outage. */
export function deploymentWith({
  safety,
  outageSeconds,
}: {
  readonly safety: string;
  readonly outageSeconds?: number;
}): string {
  const file = join(repositoryRoot, 'provisioning', 'deployments', 'artifacthub.yaml');
  const document = parseDocument(readFileSync(file, 'utf8'));
  document.set('safety', parseDocument(safety).contents);
  if (outageSeconds !== undefined) document.setIn(['budgets', 'outageSeconds'], outageSeconds);
  return document.toString();
}
