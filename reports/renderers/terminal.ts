import { styleText } from 'node:util';
import type { Report, RequirementResult, Waiver } from '../report.ts';
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
  const { harnessError, abortedBy } = report.integrity;
  const lines = [
    paint('bold', printable(report.headline)),
    printable(leftLine(report)),
    paidLine(report),
    ...report.waivers.map((waiver) => printable(waiverLine(waiver))),
    '',
    ...report.requirements.map((result) => requirementLine(result, paint)),
    ...failures(report, paint),
    ...unverified(report),
    ...scheduleLines(report),
    ...report.safety.map(({ kind, message }) => printable(`${kind}: ${message}`)),
    ...(harnessError === undefined ? [] : ['', printable(`harness error: ${harnessError}`)]),
    ...(abortedBy === undefined ? [] : ['', printable(`aborted: ${abortedBy}`)]),
  ];
  return `${lines.join('\n')}\n`;
}

export function outcomeMark(outcome: Outcome): string {
  return outcome === 'pass' ? '✔' : outcome === 'fail' ? '✘' : '•';
}

/**
 * What comes from a deployment as lines that cannot pass for ours: no control character reaches the terminal (C1 too,
 * U+009B begins a sequence as ESC does, nor what turns the direction of text), and further lines are indented.
 */
export function printable(text: string): string {
  return (
    text
      .toWellFormed()
      .replaceAll('\t', ' ')
      .replaceAll('\n', '\n            ')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '�')
  );
}

function leftLine({ integrity }: Report): string {
  if (integrity.leftInjected.length === 0) return 'Nothing left injected';
  return `LEFT INJECTED: ${integrity.leftInjected.join(', ')} — run: stormproof recover`;
}

function paidLine({ load, writes }: Report): string {
  const lost = writes.reduce((sum, entry) => sum + entry.lost, 0);
  const ours = load.unattributedRequests
    ? ` (${load.unattributedRequests} more on the prober's own side, which say nothing of it)`
    : '';
  return `Users paid: longest outage ${(load.longestOutageMs / 1000).toFixed(1)} s, ${load.failedRequests} of ${load.requests} requests failed${ours}, ${lost} acknowledged writes lost`;
}

/** A waiver stays visible as long as it is in the deployment file. */
function waiverLine({ requirement, owner, reason, expires, expired }: Waiver): string {
  const state = expired ? `waiver expired ${expires}, no longer counts` : `waived until ${expires}`;
  return `${requirement} ${state}: ${reason} (${owner})`;
}

function requirementLine(result: RequirementResult, paint: (style: Style, text: string) => string): string {
  const seconds = `${(result.durationMs / 1000).toFixed(1)} s`.padStart(8);
  const outcome = paint(
    styles[result.outcome],
    `${outcomeMark(result.outcome)} ${result.outcome}`.padEnd(19),
  );
  return `  ${outcome} ${result.id.padEnd(9)} ${seconds}  ${printable(result.title)}`;
}

function failures(report: Report, paint: (style: Style, text: string) => string): readonly string[] {
  return report.requirements
    .filter(({ outcome }) => outcome === 'fail' || outcome === 'inconclusive' || outcome === 'not-run')
    .flatMap(({ id, outcome, reason, expected, observed }) => [
      '',
      paint(styles[outcome], printable(`${id} ${outcome}: ${reason ?? 'no reason given'}`)),
      ...(expected === undefined ? [] : [printable(`  expected  ${expected}`)]),
      ...(observed === undefined ? [] : [printable(`  observed  ${observed}`)]),
      `  again     npx stormproof run --only ${id} --seed ${report.seed}`,
    ]);
}

function scheduleLines({ schedule }: Report): readonly string[] {
  if (!schedule) return [];
  const { wallMs, busyMs, boundedBy } = schedule;
  const overlap = `${(busyMs / 1000).toFixed(1)} s of checks in ${(wallMs / 1000).toFixed(1)} s`;
  return ['', `${overlap}; critical path ${printable(boundedBy)}`];
}

function unverified(report: Report): readonly string[] {
  const here = report.requirements.filter(({ outcome }) => outcome === 'unverifiable-here');
  return here.length === 0
    ? []
    : ['', ...here.map(({ id, reason }) => printable(`not verified here: ${id}: ${reason ?? ''}`))];
}
