import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { buildReport } from '../build.ts';
import { formats } from '../formats.ts';
import type { JournalEntry } from '../journal.ts';
import { journalName, readJournal } from '../journal.ts';
import type { PlannedRequirement, Report } from '../report.ts';
import type { Outcome } from '../verdict.ts';

const directory = mkdtempSync(join(tmpdir(), 'stormproof-renderers-'));
afterAll(() => rmSync(directory, { recursive: true }));

const ids = ['STEADY-1', 'A-1', 'A-2', 'B-1'] as const;
const id = fc.constantFrom(...ids);
const faultId = fc.constantFrom('A-1/1', 'A-1/2', 'B-1/1');
/** What a deployment may answer: any string at all, and what would break a page, an XML file or a terminal. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '</script><script>alert(1)</script>',
    ']]>',
    '\u001b[2J\u001b[8m',
    '\u009b2J',
    '\ud800',
    'a\nb\r\n',
  ),
);
const maybe = fc.option(hostile, { nil: undefined });
const instant = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') });

const planned: fc.Arbitrary<readonly PlannedRequirement[]> = fc
  .tuple(
    ...ids.map((each) =>
      fc.record({ id: fc.constant(each), title: hostile, level: fc.constantFrom('core', 'extended') }),
    ),
  )
  .map((all) =>
    all.map((one) => ({ ...one, area: 'A', layers: ['edge'], disrupts: [] }) as PlannedRequirement),
  );
const waivers = fc.array(
  fc.record({
    requirement: id,
    owner: hostile,
    reason: hostile,
    expires: fc.constant('2026-01-01'),
    expired: fc.boolean(),
  }),
  { maxLength: 2 },
);
const started: fc.Arbitrary<JournalEntry> = fc
  .record({ plan: planned, waivers, name: hostile })
  .map((run) => ({
    type: 'run-started',
    runId: 'r1',
    tool: { name: 'stormproof', version: '0' },
    deployment: { name: run.name, environment: 'staging', file: 'shop.yaml' },
    profile: 'full',
    seed: 1,
    stack: {
      preset: 'embedded',
      speed: 10,
      fidelity: {
        aws: 'emulated',
        edge: 'emulated',
        kubernetes: 'emulated',
        database: 'real',
        telemetry: 'stubbed',
      },
    },
    target: {},
    plan: run.plan,
    waivers: run.waivers,
  }));
const outcomes: readonly Outcome[] = [
  'pass',
  'fail',
  'inconclusive',
  'not-applicable',
  'unverifiable-here',
  'skipped',
  'not-run',
];
const type = <T extends string>(name: T) => fc.constant(name);
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const sample = fc.tuple(fc.integer({ min: 0, max: 2e12 }), number, fc.constantFrom(0 as const, 1 as const));
const outcome = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Outcome>('pass') },
  { weight: 1, arbitrary: fc.constantFrom(...outcomes) },
);
const finished = (each: fc.Arbitrary<string>): fc.Arbitrary<JournalEntry> =>
  fc.record({
    type: type('requirement-finished'),
    id: each,
    outcome,
    reason: maybe,
    expected: maybe,
    observed: maybe,
    durationMs: fc.nat(),
  });
const event: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({ type: type('requirement-started'), id }),
  finished(id),
  fc.record({ type: type('evidence'), requirement: id, what: hostile, value: fc.jsonValue() }),
  fc.record({
    type: type('fault-intended'),
    faultId,
    name: hostile,
    requirement: id,
    target: hostile,
    maxDurationMs: fc.nat(),
    memo: fc.jsonValue(),
  }),
  fc.record({ type: type('fault-injected'), faultId, memo: fc.jsonValue() }),
  fc.record({ type: type('fault-proved'), faultId, proof: hostile }),
  fc.record({ type: type('fault-reverted'), faultId }),
  fc.record({ type: type('fault-gone'), faultId }),
  fc.record({ type: type('fault-problem'), faultId, problem: hostile }),
  fc.record({
    type: type('traffic'),
    stream: hostile,
    requirement: id,
    users: fc.boolean(),
    samples: fc.array(sample, { maxLength: 5 }),
  }),
  fc.record({
    type: type('writes'),
    requirement: id,
    acknowledged: fc.nat(),
    indeterminate: fc.nat(),
    lost: fc.nat(),
    repeated: fc.nat(),
  }),
  fc.record({ type: type('safety'), kind: fc.constantFrom('note', 'residue'), message: hostile }),
  fc.record({ type: type('harness-error'), message: hostile }),
  fc.record({ type: type('run-finished'), abortedBy: maybe }),
);

const journals = fc.record({
  first: started,
  /** Mostly a run in which everything finished, and anything at all around it. */
  rest: fc
    .tuple(
      fc.array(fc.record({ entry: event, at: instant }), { maxLength: 20 }),
      fc.tuple(...ids.map((each) => fc.record({ entry: finished(fc.constant(each)), at: instant }))),
    )
    .map(([around, ends]) => [...around, ...ends]),
  /** How much of what follows the first line a kill left. */
  kept: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
});

/** As the file of a run that was killed while it wrote. */
function journalOf({ first, rest, kept }: typeof journals extends fc.Arbitrary<infer T> ? T : never): void {
  const line = (entry: JournalEntry, at: Date) =>
    `${JSON.stringify({ at: at.toISOString(), elapsedMs: 0, ...entry })}\n`;
  const head = Buffer.byteLength(line(first, new Date(0)));
  const text = [line(first, new Date(0)), ...rest.map(({ entry, at }) => line(entry, at))].join('');
  const path = join(directory, journalName);
  writeFileSync(path, text);
  truncateSync(path, head + Math.round((Buffer.byteLength(text) - head) * kept));
}

function eachReport(check: (report: Report, rendered: Readonly<Record<string, string>>) => void): void {
  fc.assert(
    fc.property(journals, (journal) => {
      journalOf(journal);
      const report = buildReport(readJournal(directory));
      const rendered = Object.entries(formats).map(([name, render]) => [name, render(report)]);
      check(report, Object.fromEntries(rendered));
    }),
    { numRuns: 300 },
  );
}

test('any journal, cut anywhere, renders in every format, and says conformant of nothing without a pass', () => {
  eachReport((report, rendered) => {
    expect(Object.keys(rendered)).toEqual(Object.keys(formats));
    expect(report.requirements.map((result) => result.id)).toEqual([...ids]);
    const waived = report.waivers.filter(({ expired }) => !expired).map(({ requirement }) => requirement);
    const counted = report.requirements.filter((each) => each.level === 'core' && !waived.includes(each.id));
    const clean = counted.every(({ outcome }) => outcome === 'pass' || outcome === 'not-applicable');
    const conformant = clean && counted.some(({ outcome }) => outcome === 'pass');
    expect(report.verdict === 'conformant').toBe(conformant);
    expect(report.headline.includes(' is conformant ')).toBe(
      conformant || report.deployment.name.includes(' is conformant '),
    );
  });
});

test('nothing of a deployment becomes markup, an XML control character or a terminal’s order', () => {
  eachReport((report, rendered) => {
    const html = rendered['index.html'] ?? '';
    expect(html.match(/<\/?script/g)).toHaveLength(4);
    const json = /id="report">(.*)<\/script>/.exec(html)?.[1] ?? '';
    expect(JSON.parse(json)).toEqual(JSON.parse(rendered['report.json'] ?? ''));
    const xml = rendered['junit.xml'] ?? '';
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
    expect(
      xml.replaceAll(/<(\/?(testsuites?|testcase|failure|error|skipped)( [^<>]*)?|\?xml[^<>]*)>/g, ''),
    ).not.toMatch(/[<>]/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(rendered['report.txt']).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(report.schemaVersion).toBe(1);
  });
});

test('a line break in what a deployment said cannot pass for a line of the report', () => {
  journalOf({
    first: fc.sample(started, 1)[0] as JournalEntry,
    rest: [
      {
        at: new Date(0),
        entry: {
          type: 'requirement-finished',
          id: 'A-1',
          outcome: 'fail',
          reason: 'bad\nNothing left injected\n  ✔ pass              A-1',
          durationMs: 1,
        },
      },
    ],
    kept: 1,
  });
  const report = { ...buildReport(readJournal(directory)), safety: [], waivers: [] };
  const lines = formats['report.txt']?.(report).split('\n') ?? [];
  expect(lines.filter((line) => line.startsWith('Nothing left injected'))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith('  ✔ pass'))).toHaveLength(0);
});

test('a journal of which not even the first line survived names no plan to report on', () => {
  writeFileSync(join(directory, journalName), '{"at":"2026-01-01T00:00:00.000Z","type":"run-st');
  expect(() => buildReport(readJournal(directory))).toThrow(
    'Cannot build a report: the journal has no "run-started"',
  );
});
