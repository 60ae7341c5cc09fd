import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildReport } from './build.ts';
import type { JournalEntry } from './journal.ts';
import { openJournal, readJournal } from './journal.ts';
import { renderHtml } from './renderers/html.ts';
import { renderJunit } from './renderers/junit.ts';
import { renderTerminal } from './renderers/terminal.ts';
import { exitCodeOf } from './verdict.ts';

const emulated = {
  aws: 'emulated',
  edge: 'emulated',
  kubernetes: 'emulated',
  database: 'real',
  telemetry: 'emulated',
} as const;
const planned = (id: string) =>
  ({ id, title: `title of ${id}`, level: 'core', area: 'X', layers: ['edge'], disrupts: [] }) as const;
const started: JournalEntry = {
  type: 'run-started',
  runId: 'r1',
  tool: { name: 'stormproof', version: '0' },
  deployment: { name: 'shop', environment: 'staging', file: 'shop.yaml' },
  profile: 'full',
  seed: 1,
  stack: { preset: 'embedded', speed: 10, fidelity: emulated },
  target: {},
  plan: [planned('X-1'), planned('X-2')],
  waivers: [],
};
const finished = (id: string, outcome: 'pass' | 'fail', more = {}): JournalEntry => ({
  type: 'requirement-finished',
  id,
  outcome,
  durationMs: 5,
  ...more,
});
const fault: JournalEntry = {
  type: 'fault-intended',
  faultId: 'X-1/1',
  name: 'cut',
  requirement: 'X-1',
  target: 'wire',
  maxDurationMs: 1,
  memo: {},
};

function reportOf(entries: readonly JournalEntry[], torn = '') {
  const directory = mkdtempSync(join(tmpdir(), 'stormproof-report-'));
  try {
    const journal = openJournal(directory, () => 0);
    for (const entry of entries) journal.write(entry);
    journal.close();
    appendFileSync(journal.path, torn);
    return buildReport(readJournal(directory));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('a run in which all core requirements pass is conformant, and says that it is emulated', () => {
  const report = reportOf([
    started,
    finished('X-1', 'pass'),
    finished('X-2', 'pass'),
    { type: 'run-finished' },
  ]);
  expect(report.verdict).toBe('conformant');
  expect(report.headline).toContain('emulated');
  expect(exitCodeOf(report)).toBe(0);
});

test('a killed run still gives a report with what was not run, and a fault without proof of its end is left', () => {
  const report = reportOf([started, { type: 'requirement-started', id: 'X-1' }, fault], '{"type":"fau');
  expect(report.requirements.map(({ outcome }) => outcome)).toEqual(['not-run', 'not-run']);
  expect(report.integrity).toMatchObject({ complete: false, leftInjected: ['X-1/1'], tornLines: 1 });
  expect(exitCodeOf(report)).toBe(6);
});

test('an abort after everything came off is exit 5, a failure exit 1, a harness error exit 7', () => {
  const gone: JournalEntry = { type: 'fault-gone', faultId: 'X-1/1' };
  expect(exitCodeOf(reportOf([started, fault, gone, { type: 'run-finished', abortedBy: 'SIGINT' }]))).toBe(5);
  expect(exitCodeOf(reportOf([started, finished('X-1', 'fail'), { type: 'run-finished' }]))).toBe(1);
  const harness: JournalEntry = { type: 'harness-error', message: 'bug' };
  expect(exitCodeOf(reportOf([started, finished('X-1', 'fail'), harness, { type: 'run-finished' }]))).toBe(7);
});

test('what comes from a deployment cannot break out of HTML or XML', () => {
  const hostile = '</script><script>alert(1)</script>\u0000]]>';
  const report = reportOf([
    started,
    finished('X-1', 'fail', { reason: hostile, expected: hostile, observed: hostile }),
    { type: 'run-finished' },
  ]);
  expect(renderHtml(report)).not.toContain('<script>alert');
  expect(renderJunit(report)).not.toContain('<script>');
  expect(renderJunit(report)).not.toContain('\u0000');
  expect(renderTerminal(report, { colors: false })).toContain('nonconformant');
});

test('traffic becomes outages and buckets', () => {
  const at = Date.now();
  const samples = [0, 100, 200, 300, 400].map(
    (ms) => [at + ms, 1, ms === 100 || ms === 200 ? 0 : 1] as const,
  );
  const report = reportOf([
    started,
    { type: 'traffic', stream: 's', requirement: 'X-1', users: true, samples },
    { type: 'run-finished' },
  ]);
  expect(report.load).toMatchObject({ longestOutageMs: 200, failedRequests: 2, requests: 5 });
});
