import { planned } from '../../fixtures/requirement.ts';
import { requirements } from '../../suites/list.ts';
import type { JsonOption } from './options.ts';

export async function list({ json }: JsonOption): Promise<number> {
  if (json) {
    const entries = requirements.map((requirement) => ({
      ...planned(requirement),
      refs: requirement.refs,
      mutants: requirement.mutants.map(({ name, via }) => ({ name, via })),
    }));
    process.stdout.write(`${JSON.stringify(entries, undefined, 2)}\n`);
    return 0;
  }
  for (const { id, level, title, mutants } of requirements)
    process.stdout.write(
      `${id.padEnd(9)} ${level.padEnd(8)} ${title}\n${' '.repeat(19)}mutants: ${mutants.map(({ name, via }) => `${name} (${via})`).join(', ')}\n`,
    );
  return 0;
}
