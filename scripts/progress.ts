import { styleText } from 'node:util';
import type { RequirementOutcome } from '../fixtures/runner/options.ts';
import type { Progress } from '../fixtures/runner/run.ts';
import { outcomeMark, printable } from '../reports/renderers/terminal.ts';

/** Live progress on stderr: a line an event, and on a terminal a last line that shows what is under way. */
export interface ProgressPrinter extends Progress, Disposable {
  say(message: string): void;
}

export function createProgressPrinter(stream: NodeJS.WriteStream = process.stderr): ProgressPrinter {
  const startedMs = performance.now();
  const running = new Set<string>();
  const live = stream.isTTY === true;
  const clear = () => (live ? '\r\u001b[2K' : '');
  const elapsed = () => `${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s`;
  const status = () =>
    live && running.size > 0
      ? `${elapsed()}  … ${[...running].join(' ')}`.slice(0, (stream.columns ?? 80) - 1)
      : '';
  const write = (text: string) => void stream.write(`${clear()}${elapsed()}  ${text}\n${status()}`);
  const say = (message: string) => write(printable(message));
  const timer = live ? setInterval(() => stream.write(`${clear()}${status()}`), 500) : undefined;
  timer?.unref();
  return {
    say,
    started: (id) => void running.add(id),
    finished: (outcome) => {
      running.delete(outcome.id);
      write(line(outcome, live));
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      stream.write(clear());
    },
  };
}

function line({ id, outcome, reason, durationMs }: RequirementOutcome, colors: boolean): string {
  const text = `${outcomeMark(outcome)} ${id} ${outcome}`;
  const painted =
    colors && outcome === 'pass' ? styleText('green', text) : colors ? styleText('red', text) : text;
  return `${painted} (${(durationMs / 1000).toFixed(1)} s)${reason ? printable(`: ${reason}`) : ''}`;
}
