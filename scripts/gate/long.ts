import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createRandom } from '../../local/base/random.ts';
import type { Counts } from './step.ts';
import { countTests, runStep, summarize } from './step.ts';

/**
 * `npm run long`, the heavy tier: whole stacks interrupted, broken, killed, called by foreign clients; then every
 * mutant. With `--sample <n> --seed <s>`, as CI calls it, so many of its files and mutants, drawn by the seed.
 */
const { values, positionals } = parseArgs({
  options: { sample: { type: 'string' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const { sample, seed = '0' } = values;
const files = positionals.length > 0 ? positionals : drawn(globSync('scripts/long/*.long.ts').sort());
const results = [
  await runStep({
    name: `long tests${sample === undefined ? '' : `: ${files.join(', ')}`}`,
    command: ['vitest', 'run', '--config', 'scripts/long/vitest.config.ts', ...files],
    count: countTests,
  }),
  await runStep({
    name: 'selftest',
    command: [
      'node',
      'scripts/stormproof.ts',
      'selftest',
      ...(sample ? ['--sample', sample, '--seed', seed] : []),
    ],
    count: countMutants,
  }),
];
process.exit(summarize(results));

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
