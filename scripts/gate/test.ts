import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * `npm test`. With arguments it is the inner loop: vitest on those paths. Without, it is the whole gate: format, lint,
 * types, import rules, unit and integration tests, then the conformance run on the embedded stack.
 */
interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const paths = process.argv.slice(2);
if (paths.length > 0)
  process.exit((await run({ name: 'tests', command: ['vitest', 'run', ...paths] })).exitCode);

const quick: readonly Step[] = [
  { name: 'format and lint', command: ['biome', 'ci', '--reporter=summary', '.'] },
  { name: 'types', command: ['tsc'] },
];
const results = await Promise.all(quick.map(run));
results.push(await run({ name: 'unit and integration tests', command: ['vitest', 'run'] }));
results.push(await run({ name: 'conformance run', command: ['node', 'scripts/stormproof.ts', 'run'] }));

let passed = 0;
let failed = 0;
for (const { name, exitCode, output } of results) {
  const counted = name.startsWith('unit') ? countTests(output) : undefined;
  const counts = counted ?? countRequirements(output) ?? { passed: exitCode === 0 ? 1 : 0, failed: 0 };
  passed += counts.passed;
  failed += counts.failed + (exitCode !== 0 && counts.failed === 0 ? 1 : 0);
  console.log(`${exitCode === 0 ? 'ok  ' : 'FAIL'} ${name}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(results.every(({ exitCode }) => exitCode === 0) ? 0 : 1);

async function run({ name, command }: Step): Promise<{ name: string; exitCode: number; output: string }> {
  const [program, ...args] = command;
  const child = spawn(`node_modules/.bin/${program}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const)
    from.on('data', (chunk: Buffer) => {
      output += chunk;
      to.write(chunk);
    });
  const [exitCode] = await once(child, 'close');
  return { name, exitCode: typeof exitCode === 'number' ? exitCode : 1, output };
}

/** Vitest's own closing line: `Tests  2 failed | 40 passed (42)`. */
function countTests(output: string): { passed: number; failed: number } | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken out
  const line = output.replace(/\u001b\[[0-9;]*m/g, '').match(/^\s*Tests\s+.*$/m)?.[0];
  if (!line) return undefined;
  const number = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  return { passed: number('passed'), failed: number('failed') };
}

/** The report's lines, one a requirement. */
function countRequirements(output: string): { passed: number; failed: number } | undefined {
  const outcomes = [...output.matchAll(/^ {2}[✔✘•] (\S+)\s+[A-Z]+-\d+/gm)].map(([, outcome]) => outcome);
  if (outcomes.length === 0) return undefined;
  const good = outcomes.filter((outcome) => outcome === 'pass').length;
  return { passed: good, failed: outcomes.length - good };
}
