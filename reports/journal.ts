import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Evidence, Report, RequirementResult, SafetyNote, WriteSummary } from './report.ts';
import type { Outcome } from './verdict.ts';

/** Every event: `at` is real UTC, `elapsedMs` the stack's elapsed time (design §4). */
export type JournalEvent = { readonly at: string; readonly elapsedMs: number } & JournalEntry;

export type JournalEntry =
  | ({ readonly type: 'run-started' } & Pick<
      Report,
      'runId' | 'tool' | 'deployment' | 'profile' | 'seed' | 'stack' | 'target' | 'plan' | 'waivers'
    >)
  | {
      readonly type: 'requirement-started';
      readonly id: string;
      /** The requirement whose end let it begin; absent when it did not have to wait. */
      readonly waitedFor?: string;
    }
  | {
      readonly type: 'requirement-finished';
      readonly id: string;
      readonly outcome: Outcome;
      readonly reason?: string;
      readonly expected?: string;
      readonly observed?: string;
      readonly durationMs: number;
    }
  | ({ readonly type: 'evidence'; readonly requirement: string } & Omit<Evidence, 'at'>)
  | FaultEntry
  | TrafficEntry
  | ({ readonly type: 'writes' } & WriteSummary)
  | ({ readonly type: 'safety' } & Omit<SafetyNote, 'at'>)
  | { readonly type: 'harness-error'; readonly message: string }
  | { readonly type: 'run-finished'; readonly abortedBy?: string };

export type FaultEntry =
  | {
      readonly type: 'fault-intended';
      readonly faultId: string;
      /** The name in `fixtures/faults/list.ts`: what `recover` looks the undo up by. */
      readonly name: string;
      readonly requirement: string;
      readonly target: string;
      readonly maxDurationMs: number;
      /** What undo needs, as plain data; never a secret. */
      readonly memo: unknown;
    }
  | { readonly type: 'fault-injected'; readonly faultId: string; readonly memo: unknown }
  | { readonly type: 'fault-proved'; readonly faultId: string; readonly proof: string }
  | { readonly type: 'fault-reverted'; readonly faultId: string }
  | {
      readonly type: 'fault-gone';
      readonly faultId: string;
      readonly by?: 'recover' | 'watchdog' | 'stack-ended';
    }
  | { readonly type: 'fault-problem'; readonly faultId: string; readonly problem: string };

/** Requests of one stream: `[intended UTC ms, latency wall ms, ok, wall ms that it was sent late]`, as they ended. */
export interface TrafficEntry {
  readonly type: 'traffic';
  readonly stream: string;
  readonly requirement: string;
  /** Whether users' requests take this path: the control stream does not count as an outage. */
  readonly users: boolean;
  /** Of a control stream: the users' stream that it watches over. */
  readonly over?: string;
  readonly samples: readonly (readonly [
    intendedAtMs: number,
    latencyMs: number,
    ok: 0 | 1,
    lagMs?: number,
  ])[];
}

export interface Journal {
  /** Written before it returns; faults are also forced to the disk, so that a kill cannot lose them. */
  write(entry: JournalEntry): void;
  close(): void;
  readonly path: string;
}

export function openJournal(directory: string, elapsedMs: () => number): Journal {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, journalName);
  const file = openSync(path, 'a+', 0o600);
  // A line torn by a kill must not swallow the first event of who goes on, which may be the proof that a fault is gone.
  if (endsTorn(file)) writeSync(file, '\n');
  return {
    path,
    write: (entry) => {
      const event = { at: new Date().toISOString(), elapsedMs: Math.round(elapsedMs()), ...entry };
      writeSync(file, `${JSON.stringify(event)}\n`);
      if (entry.type.startsWith('fault-') || entry.type.startsWith('run-')) fsyncSync(file);
    },
    close: () => closeSync(file),
  };
}

function endsTorn(file: number): boolean {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}

export const journalName = 'journal.ndjson';

export interface JournalContents {
  readonly events: readonly JournalEvent[];
  /** A last line torn by a kill is counted, not thrown. */
  readonly tornLines: number;
}

export function readJournal(directory: string): JournalContents {
  const lines = readFileSync(join(directory, journalName), 'utf8').split('\n').filter(Boolean);
  const events: JournalEvent[] = [];
  let tornLines = 0;
  for (const line of lines) {
    const event = parseLine(line);
    if (event) events.push(event);
    else tornLines++;
  }
  return { events, tornLines };
}

/** Undefined for a line that a kill tore. */
export function parseLine(line: string): JournalEvent | undefined {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null && 'type' in event
      ? (event as JournalEvent)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export type FinishedEvent = Extract<JournalEvent, { type: 'requirement-finished' }>;
export type RunStartedEvent = Extract<JournalEvent, { type: 'run-started' }>;
export type { RequirementResult };
