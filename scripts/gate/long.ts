import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createRandom } from '../../local/base/random.ts';
import type { Counts, StepResult } from './step.ts';
import { countTests, runStep, summarize } from './step.ts';

/**
 * `npm run long`, the heavy tier: whole stacks interrupted, broken, killed, called by foreign clients; then every
 * mutant. With `--files <n> --mutants <m> --seed <s>`, as CI calls it, so many of them, drawn by the seed.
 */
const { values, positionals } = parseArgs({
  options: { files: { type: 'string' }, mutants: { type: 'string' }, seed: { type: 'string', default: '0' } },
  allowPositionals: true,
});
const { files: sample, mutants, seed } = values;
const files = positionals.length > 0 ? positionals : drawn(globSync('scripts/long/*.long.ts').sort());
/** They measure time, or take the whole machine; of a sample all run alone, for CI has time and is to be certain. */
const alone = files.filter(
  (file) =>
    sample !== undefined ||
    /\/(truth|own-network|shards|shards-run|crash-scripted|watchdog|ledger|failovers)\.long\.ts$/.test(file),
);
const beside = files.filter((file) => !alone.includes(file));
const results = [
  ...(await longTests('long tests, one after another', alone, ['--no-file-parallelism'])),
  ...(await longTests('long tests, two at a time', beside, ['--file-parallelism', '--max-workers=2'])),
  await runStep({
    name: 'selftest',
    command: [
      'node',
      'scripts/stormproof.ts',
      'selftest',
      ...(mutants ? ['--sample', mutants, '--seed', seed] : []),
    ],
    count: countMutants,
  }),
];
process.exit(summarize(results));

/** Each has stacks of its own: two of them wait most of the time, and do not know of each other. */
async function longTests(
  name: string,
  chosen: readonly string[],
  flags: readonly string[],
): Promise<readonly StepResult[]> {
  if (chosen.length === 0) return [];
  const command = [
    'vitest',
    'run',
    '--config',
    'scripts/long/vitest.config.ts',
    ...flags,
    ...chosen,
  ] as const;
  return [await runStep({ name: `${name}: ${chosen.join(', ')}`, command, count: countTests })];
}

function drawn(all: readonly string[]): readonly string[] {
  if (sample === undefined) return all;
  const random = createRandom(Number(seed));
  const ranked = all.map((file) => ({ file, key: random.next() })).sort((a, b) => a.key - b.key);
  return ranked.slice(0, Number(sample)).map(({ file }) => file);
}

function countMutants(output: string): Counts | undefined {
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
  return passed && failed ? { passed: Number(passed), failed: Number(failed) } : undefined;
}
