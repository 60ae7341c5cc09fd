import { expect, test } from 'vitest';
import type { JournalEvent } from './journal.ts';
import { scheduleOf } from './schedule.ts';

const planned = { title: '', level: 'core', area: '', layers: [] } as const;
const plan = [
  { ...planned, id: 'STEADY-1', disrupts: [] },
  { ...planned, id: 'A-1', disrupts: ['edge'] },
  { ...planned, id: 'B-1', disrupts: ['edge'] },
  { ...planned, id: 'C-1', disrupts: [] },
] as const;

function ran(id: string, fromMs: number, toMs: number, waitedFor?: string): JournalEvent[] {
  const at = (ms: number) => ({ at: new Date(1e12 + ms).toISOString(), elapsedMs: 0 });
  return [
    { ...at(fromMs), type: 'requirement-started', id, waitedFor },
    { ...at(toMs), type: 'requirement-finished', id, outcome: 'pass', durationMs: toMs - fromMs },
  ];
}

test('the critical path follows who waited for whom, back from the requirement that ended last', () => {
  const events = [
    ...ran('STEADY-1', 0, 1000),
    ...ran('A-1', 1000, 4000, 'STEADY-1'),
    ...ran('C-1', 1000, 5000, 'STEADY-1'),
    ...ran('B-1', 4000, 6000, 'A-1'),
  ];
  const schedule = scheduleOf(events, plan);
  expect(schedule?.criticalPath.map(({ id }) => id)).toEqual(['STEADY-1', 'A-1', 'B-1']);
  expect(schedule?.wallMs).toBe(6000);
  expect(schedule?.busyMs).toBe(10_000);
  expect(schedule?.boundedBy).toBe(
    'STEADY-1 1.0 s → A-1 3.0 s → B-1 2.0 s; the edge layer was had alone for 5.0 s of it',
  );
});

test('a requirement that was killed in the middle is not on the path, and nothing ran is no schedule', () => {
  const [started] = ran('B-1', 4000, 6000, 'A-1');
  const events = [...ran('A-1', 0, 4000), ...(started ? [started] : [])];
  expect(scheduleOf(events, plan)?.criticalPath.map(({ id }) => id)).toEqual(['A-1']);
  expect(scheduleOf([], plan)).toBeUndefined();
});
