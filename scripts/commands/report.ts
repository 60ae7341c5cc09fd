import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildReport } from '../../reports/build.ts';
import { journalName, readJournal } from '../../reports/journal.ts';
import { renderTerminal } from '../../reports/renderers/terminal.ts';
import type { Report } from '../../reports/report.ts';
import { exitCodeOf } from '../../reports/verdict.ts';
import { writeReports } from '../run-directory.ts';
import { UsageError } from '../usage-error.ts';
import type { JsonOption } from './options.ts';

export async function report(directory: string, { json }: JsonOption): Promise<number> {
  if (!existsSync(join(directory, journalName)))
    throw new UsageError(`Cannot render a report: "${directory}" holds no ${journalName}`);
  const built = buildReport(readJournal(directory));
  writeReports(directory, built);
  if (json) process.stdout.write(`${JSON.stringify(built, undefined, 2)}\n`);
  else process.stdout.write(renderTerminal(built, { colors: process.stdout.isTTY === true }));
  return exitCodeOf(built);
}

export function latestReport(): Report | undefined {
  const directory = join('reports', 'out', 'latest');
  return existsSync(join(directory, journalName)) ? buildReport(readJournal(directory)) : undefined;
}
