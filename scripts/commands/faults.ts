import { faults as catalogue } from '../../fixtures/faults/list.ts';
import { readStackFile } from '../stack-file.ts';
import type { JsonOption } from './options.ts';

/** The catalogue of faults; with a stack up also which of them it cannot do, and why. */
export async function faults({ json }: JsonOption): Promise<number> {
  const stack = readStackFile();
  const entries = catalogue
    .map(({ name, kind, disrupts, blastRadius, maxDurationMs, unsupported }) => ({
      name,
      kind,
      disrupts,
      blastRadius,
      limitSeconds: maxDurationMs / 1000,
      unsupported: stack && unsupported?.(stack),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (json) {
    process.stdout.write(`${JSON.stringify(entries, undefined, 2)}\n`);
    return 0;
  }
  for (const { name, kind, disrupts, blastRadius, limitSeconds, unsupported } of entries) {
    const facts = `${kind}, disrupts ${disrupts.join(', ')}, off after ${limitSeconds} s`;
    process.stdout.write(`${name.padEnd(38)} ${facts}\n    hits: ${blastRadius}\n`);
    if (unsupported) process.stdout.write(`    unsupported here: ${unsupported}\n`);
  }
  return 0;
}
