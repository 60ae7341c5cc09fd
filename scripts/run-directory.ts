import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { formats } from '../reports/formats.ts';
import type { Report } from '../reports/report.ts';

/** `reports/out/<run>`; `latest` points at the newest. */
export function createRunDirectory(runId: string): string {
  const directory = join('reports', 'out', runId);
  mkdirSync(directory, { recursive: true });
  pointLatestAt(directory);
  return directory;
}

export function writeReports(directory: string, report: Report): void {
  for (const [name, render] of Object.entries(formats)) writeFileSync(join(directory, name), render(report));
}

/** A rename replaces the link in one step: a reader never finds it missing. */
function pointLatestAt(directory: string): void {
  const link = join(dirname(directory), 'latest');
  const fresh = `${link}.${process.pid}`;
  symlinkSync(basename(directory), fresh);
  renameSync(fresh, link);
}
