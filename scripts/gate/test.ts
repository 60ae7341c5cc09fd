import type { Counts, Step } from './step.ts';
import { countTests, runStep, summarize } from './step.ts';

/**
 * `npm test`. With arguments it is the inner loop: vitest on those paths. Without, it is the whole gate: format, lint,
 * types, import rules, unit and integration tests, then the conformance run on the embedded stack.
 */
const paths = process.argv.slice(2);
if (paths.length > 0)
  process.exit((await runStep({ name: 'tests', command: ['vitest', 'run', ...paths] })).exitCode);

const quick: readonly Step[] = [
  { name: 'format and lint', command: ['biome', 'ci', '--reporter=summary', '.'] },
  { name: 'types', command: ['tsc'] },
];
const slow: readonly Step[] = [
  { name: 'unit and integration tests', command: ['vitest', 'run'], count: countTests },
  {
    name: 'conformance run',
    command: ['node', 'scripts/stormproof.ts', 'run'],
    count: countRequirements,
  },
];
const results = await Promise.all(quick.map(runStep));
for (const step of slow) results.push(await runStep(step));
process.exit(summarize(results));

/** The report's lines, one a requirement. */
function countRequirements(output: string): Counts | undefined {
  const outcomes = [...output.matchAll(/^ {2}[✔✘•] (\S+)\s+[A-Z]+-\d+/gm)].map(([, outcome]) => outcome);
  if (outcomes.length === 0) return undefined;
  const good = outcomes.filter((outcome) => outcome === 'pass').length;
  return { passed: good, failed: outcomes.length - good };
}
