import type { Counts } from './step.ts';
import { countTests, runStep, summarize } from './step.ts';

/** `npm run long`, the heavy tier: whole stacks interrupted, killed, called by foreign clients; then every mutant. */
const results = [
  await runStep({
    name: 'long tests',
    command: ['vitest', 'run', '--config', 'scripts/long/vitest.config.ts', ...process.argv.slice(2)],
    count: countTests,
  }),
  await runStep({
    name: 'selftest',
    command: ['node', 'scripts/stormproof.ts', 'selftest'],
    count: countMutants,
  }),
];
process.exit(summarize(results));

function countMutants(output: string): Counts | undefined {
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
  return passed && failed ? { passed: Number(passed), failed: Number(failed) } : undefined;
}
