import type { Report, RequirementResult } from '../report.ts';

/** JUnit XML: a failure is the deployment's, an error the harness's or no answer (design §7). */
export function renderJunit(report: Report): string {
  const { requirements } = report;
  const failures = requirements.filter(({ outcome }) => outcome === 'fail').length;
  const errors = requirements.filter(isError).length;
  const skipped = requirements.filter(isSkipped).length;
  const seconds = requirements.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000;
  const counts = `tests="${requirements.length}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="stormproof" ${counts} time="${seconds.toFixed(3)}">`,
    `  <testsuite name="${text(report.deployment.name)}" ${counts} time="${seconds.toFixed(3)}" timestamp="${text(report.startedAt)}">`,
    ...requirements.map(testCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(result: RequirementResult): string {
  const { id, title, area, durationMs, outcome, reason = outcome, expected, observed } = result;
  const open = `    <testcase name="${text(`${id} ${title}`)}" classname="${text(area)}" time="${(durationMs / 1000).toFixed(3)}"`;
  if (outcome === 'pass') return `${open}/>`;
  const element = outcome === 'fail' ? 'failure' : isError(result) ? 'error' : 'skipped';
  const detail = [expected && `expected: ${expected}`, observed && `observed: ${observed}`]
    .filter(Boolean)
    .join('\n');
  return `${open}><${element} message="${text(reason)}" type="${outcome}">${text(detail)}</${element}></testcase>`;
}

function isError({ outcome }: RequirementResult): boolean {
  return outcome === 'inconclusive' || outcome === 'not-run';
}

function isSkipped({ outcome }: RequirementResult): boolean {
  return outcome === 'skipped' || outcome === 'not-applicable' || outcome === 'unverifiable-here';
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML 1.0 allows no control character but tab, line feed and carriage return. */
function text(value: string): string {
  return (
    value
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '�')
      .replace(/[&<>"']/g, (character) => entities[character] ?? character)
  );
}
