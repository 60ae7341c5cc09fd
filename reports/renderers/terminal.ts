import { styleText } from 'node:util';
import type { Report, RequirementResult } from '../report.ts';
import type { Outcome } from '../verdict.ts';

type Style = Parameters<typeof styleText>[0];

const styles: Record<Outcome, Style> = {
  pass: 'green',
  fail: 'red',
  inconclusive: 'yellow',
  'not-applicable': 'gray',
  'unverifiable-here': 'magenta',
  skipped: 'gray',
  'not-run': 'yellow',
};

/** The first screen, then failures (design §7). */
export function renderTerminal(report: Report, { colors }: { readonly colors: boolean }): string {
  const paint = (style: Style, text: string) =>
    colors ? styleText(style, text, { validateStream: false }) : text;
  const lines = [
    paint('bold', report.headline),
    leftLine(report),
    paidLine(report),
    '',
    ...report.requirements.map((result) => requirementLine(result, paint)),
    ...failures(report, paint),
    ...unverified(report),
    ...report.safety.map(({ kind, message }) => `${kind}: ${message}`),
  ];
  if (report.integrity.harnessError) lines.push('', `harness error: ${report.integrity.harnessError}`);
  if (report.integrity.abortedBy) lines.push('', `aborted: ${report.integrity.abortedBy}`);
  return `${lines.map(printable).join('\n')}\n`;
}

export function outcomeMark(outcome: Outcome): string {
  return outcome === 'pass' ? '✔' : outcome === 'fail' ? '✘' : '•';
}

/** Control characters of a deployment must not reach a terminal; our own colours may. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/\u001b(?!\[\d{1,3}m)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g, '�');
}

function leftLine({ integrity }: Report): string {
  if (integrity.leftInjected.length === 0) return 'Nothing left injected';
  return `LEFT INJECTED: ${integrity.leftInjected.join(', ')} — run: stormproof recover`;
}

function paidLine({ load, writes }: Report): string {
  const lost = writes.reduce((sum, entry) => sum + entry.lost, 0);
  return `Users paid: longest outage ${(load.longestOutageMs / 1000).toFixed(1)} s, ${load.failedRequests} of ${load.requests} requests failed, ${lost} acknowledged writes lost`;
}

function requirementLine(result: RequirementResult, paint: (style: Style, text: string) => string): string {
  const seconds = `${(result.durationMs / 1000).toFixed(1)} s`.padStart(8);
  const outcome = paint(
    styles[result.outcome],
    `${outcomeMark(result.outcome)} ${result.outcome}`.padEnd(19),
  );
  return `  ${outcome} ${result.id.padEnd(9)} ${seconds}  ${result.title}`;
}

function failures(report: Report, paint: (style: Style, text: string) => string): readonly string[] {
  return report.requirements
    .filter(({ outcome }) => outcome === 'fail' || outcome === 'inconclusive' || outcome === 'not-run')
    .flatMap(({ id, outcome, reason, expected, observed }) => [
      '',
      paint(styles[outcome], `${id} ${outcome}: ${reason ?? 'no reason given'}`),
      ...(expected === undefined ? [] : [`  expected  ${expected}`]),
      ...(observed === undefined ? [] : [`  observed  ${observed}`]),
      `  again     npx stormproof run --only ${id} --seed ${report.seed}`,
    ]);
}

function unverified(report: Report): readonly string[] {
  const here = report.requirements.filter(({ outcome }) => outcome === 'unverifiable-here');
  return here.length === 0
    ? []
    : ['', ...here.map(({ id, reason }) => `not verified here: ${id}: ${reason ?? ''}`)];
}
