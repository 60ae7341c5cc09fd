import { renderHtml } from './renderers/html.ts';
import { renderJunit } from './renderers/junit.ts';
import { renderTerminal } from './renderers/terminal.ts';
import type { Report } from './report.ts';

/** File name in the run's directory → its renderer. */
export const formats: Readonly<Record<string, (report: Report) => string>> = {
  'report.json': (report) => `${JSON.stringify(report, undefined, 2)}\n`,
  'index.html': renderHtml,
  'junit.xml': renderJunit,
  'report.txt': (report) => renderTerminal(report, { colors: false }),
};
