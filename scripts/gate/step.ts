import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, resolve } from 'node:path';

/** A program of a gate, and how its output tells what passed. */
export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly count?: (output: string) => Counts | undefined;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export interface StepResult extends Counts {
  readonly name: string;
  readonly exitCode: number;
  /** The last of what it printed, which says what failed. */
  readonly ending: string;
}

const endingLength = 6000;

/** Runs it, with its output shown as it comes. One that fails counts at least one failure. */
export async function runStep({ name, command, count }: Step): Promise<StepResult> {
  const [program, ...args] = command;
  // As npm sets it: the programs' own `env node` must find the project's Node, also where the gate is called directly.
  const PATH = [resolve('node_modules/.bin'), process.env.PATH].join(delimiter);
  const child = spawn(`node_modules/.bin/${program}`, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH },
    // A group of its own: what ends the gate ends the step's workers too, which outlive a step that is killed alone.
    detached: true,
  });
  let stoppedBy: NodeJS.Signals | undefined;
  const endWithGate = (signal: NodeJS.Signals): void => {
    stoppedBy = signal;
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
  };
  process.on('SIGINT', endWithGate).on('SIGTERM', endWithGate);
  let output = '';
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const)
    from.on('data', (chunk: Buffer) => {
      output += chunk;
      to.write(chunk);
    });
  const [code] = await once(child, 'close');
  process.off('SIGINT', endWithGate).off('SIGTERM', endWithGate);
  if (stoppedBy) throw new Error(`Cannot go on with "${name}": the gate was stopped by ${stoppedBy}`);
  const exitCode = typeof code === 'number' ? code : 1;
  const counts = count?.(output) ?? { passed: exitCode === 0 ? 1 : 0, failed: 0 };
  const failed = counts.failed + (exitCode !== 0 && counts.failed === 0 ? 1 : 0);
  return { name, exitCode, passed: counts.passed, failed, ending: output.slice(-endingLength) };
}

/** What the failed ones said last, the steps, then `N passed, N failed`; the exit code of it all. */
export function summarize(results: readonly StepResult[]): number {
  for (const { name, exitCode, ending } of results)
    if (exitCode !== 0) console.log(`What failed of ${name}:\n${ending}`);
  for (const { name, exitCode } of results) console.log(`${exitCode === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  const sum = (of: (result: StepResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  console.log(`${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`);
  return results.every(({ exitCode }) => exitCode === 0) ? 0 : 1;
}

/** Vitest's own closing line: `Tests  2 failed | 40 passed (42)`. */
export function countTests(output: string): Counts | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken out
  const line = output.replace(/\u001b\[[0-9;]*m/g, '').match(/^\s*Tests\s+.*$/m)?.[0];
  if (!line) return undefined;
  const number = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  return { passed: number('passed'), failed: number('failed') };
}
