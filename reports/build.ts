import type { FaultEntry, JournalContents, JournalEvent, RunStartedEvent } from './journal.ts';
import type { FaultRecord, Integrity, Report, RequirementResult } from './report.ts';
import { scheduleOf } from './schedule.ts';
import { summarizeTraffic } from './traffic.ts';
import type { Verdict } from './verdict.ts';
import { leftInjected, verdictOf } from './verdict.ts';

/** Folds a journal into the report, also that of a killed run: what was planned and not run is listed as such. */
export function buildReport({ events, tornLines }: JournalContents): Report {
  const started = events.find((event): event is RunStartedEvent => event.type === 'run-started');
  if (!started) throw new Error('Cannot build a report: the journal has no "run-started" event');
  const requirements = started.plan.map((planned) => requirementResult(planned, events));
  const faults = faultRecords(events);
  const verdict = verdictOf(requirements, started.waivers);
  const { tool, runId, deployment, profile, seed, stack, target, plan, waivers } = started;
  return {
    schemaVersion: 1,
    runId,
    tool,
    deployment,
    profile,
    seed,
    stack,
    target,
    startedAt: started.at,
    finishedAt: events.find(({ type }) => type === 'run-finished')?.at,
    plan,
    verdict,
    headline: headline(verdict, started),
    requirements,
    faults,
    schedule: scheduleOf(events, plan),
    load: summarizeTraffic(events, Date.parse(started.at)),
    writes: events.flatMap((event) =>
      event.type === 'writes'
        ? [pick(event, ['requirement', 'acknowledged', 'indeterminate', 'lost', 'repeated'])]
        : [],
    ),
    safety: events.flatMap((event) =>
      event.type === 'safety' ? [{ at: event.at, kind: event.kind, message: event.message }] : [],
    ),
    waivers,
    integrity: integrity(events, faults, tornLines),
  };
}

function headline(verdict: Verdict, { profile, stack, deployment }: RunStartedEvent): string {
  const emulated = Object.values(stack.fidelity).some((fidelity) => fidelity !== 'real');
  const scope = emulated ? `emulated, ${profile}` : profile;
  const caveat = emulated ? '; this is evidence about the harness and the configuration, not about AWS' : '';
  return `${deployment.name} is ${verdict} (${scope})${caveat}`;
}

function requirementResult(
  planned: RunStartedEvent['plan'][number],
  events: readonly JournalEvent[],
): RequirementResult {
  const { id } = planned;
  const finished = events.findLast((event) => event.type === 'requirement-finished' && event.id === id);
  const startedAt = events.find((event) => event.type === 'requirement-started' && event.id === id)?.at;
  const outcome =
    finished?.type === 'requirement-finished'
      ? pick(finished, ['outcome', 'reason', 'expected', 'observed', 'durationMs'])
      : {
          outcome: 'not-run' as const,
          reason: startedAt ? 'the run ended in the middle of it' : undefined,
          durationMs: 0,
        };
  return {
    ...planned,
    ...outcome,
    startedAt,
    faults: events.flatMap((event) =>
      event.type === 'fault-intended' && event.requirement === id ? [event.faultId] : [],
    ),
    evidence: events.flatMap((event) =>
      event.type === 'evidence' && event.requirement === id
        ? [{ what: event.what, value: event.value, at: event.at }]
        : [],
    ),
  };
}

function faultRecords(events: readonly JournalEvent[]): readonly FaultRecord[] {
  const records = new Map<string, FaultRecord>();
  for (const event of events) {
    if (event.type === 'fault-intended') {
      const { faultId: id, name, requirement, target, at } = event;
      records.set(id, { id, name, requirement, target, requestedAt: at });
    } else if (isFaultEvent(event)) {
      const before = records.get(event.faultId);
      if (before) records.set(event.faultId, { ...before, ...step(event) });
    }
  }
  return [...records.values()];
}

function isFaultEvent(event: JournalEvent): event is JournalEvent & FaultEntry {
  return event.type.startsWith('fault-');
}

function step(event: JournalEvent & FaultEntry): Partial<FaultRecord> {
  switch (event.type) {
    case 'fault-injected':
      return { injectedAt: event.at };
    case 'fault-proved':
      return { provedAt: event.at, proof: event.proof };
    case 'fault-reverted':
      return { revertedAt: event.at };
    case 'fault-gone':
      return { provedGoneAt: event.at, problem: undefined };
    case 'fault-problem':
      return { problem: event.problem };
    case 'fault-intended':
      return {};
  }
}

function integrity(
  events: readonly JournalEvent[],
  faults: readonly FaultRecord[],
  tornLines: number,
): Integrity {
  const finished = events.findLast((event) => event.type === 'run-finished');
  const harness = events.find((event) => event.type === 'harness-error');
  return {
    complete: finished !== undefined,
    abortedBy: finished?.type === 'run-finished' ? finished.abortedBy : 'killed before it finished',
    leftInjected: leftInjected(faults),
    journalEvents: events.length,
    tornLines,
    harnessError: harness?.type === 'harness-error' ? harness.message : undefined,
  };
}

function pick<T extends object, K extends keyof T>(value: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<T, K>;
}
