import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import type { DatabaseDefect } from '../../local/rds/contract.ts';
import type { Played } from './testing/split-brain/play.ts';
import { play } from './testing/split-brain/play.ts';
import { describeSchedule, scheduleOf } from './testing/split-brain/schedule.ts';

/**
 * STORMPROOF_SCHEDULE_SEED plays one schedule again; STORMPROOF_SCHEDULES says how many. Two are played at a time: they
 * wait most of the time.
 */
const { STORMPROOF_SCHEDULE_SEED: only, STORMPROOF_SCHEDULES: number = '200' } = process.env;
const first = only === undefined ? randomInt(2 ** 31) : Number(only);
const seeds = Array.from({ length: only === undefined ? Number(number) : 1 }, (_, index) => first + index);

test('no schedule of kills, freezes and partitions makes two primaries, or loses an acknowledged write', async () => {
  const failures: string[] = [];
  const all: Played[] = [];
  const left = [...seeds];
  const playOn = async (): Promise<void> => {
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      const played = await playOne(seed);
      if (typeof played === 'string' || played.problems.length > 0) failures.push(reportOf(seed, played));
      if (typeof played !== 'string') all.push(played);
    }
  };
  await Promise.all([playOn(), playOn()]);
  const total = (of: (played: Played) => number): number => all.reduce((sum, one) => sum + of(one), 0);
  console.log(
    `${all.length} schedules from seed ${first}: ${total(({ acknowledged }) => acknowledged)} writes acknowledged by ` +
      `${total(({ generations }) => generations)} starts of servers`,
  );
  expect(failures.join('\n\n')).toBe('');
  // Most schedules make another server primary, or start one again: else nothing was tried.
  expect(total(({ generations }) => generations)).toBeGreaterThan(all.length);
}, 3_600_000);

test.each<[DatabaseDefect, (played: Played) => number]>([
  ['old-primary-not-fenced', ({ overlaps }) => overlaps],
  ['asynchronous-standby', ({ lost }) => lost],
])(
  'the same schedules find the defect %s',
  async (defect, found) => {
    const counts: number[] = [];
    for (const seed of seeds.slice(0, 10)) {
      const played = await play(scheduleOf(seed), { defect });
      counts.push(found(played));
      if (found(played) > 0) return;
    }
    expect(counts, `seeds from ${first}`).toContainEqual(expect.toSatisfy((count: number) => count > 0));
  },
  900_000,
);

async function playOne(seed: number): Promise<Played | string> {
  try {
    return await play(scheduleOf(seed));
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function reportOf(seed: number, played: Played | string): string {
  return [
    `STORMPROOF_SCHEDULE_SEED=${seed}`,
    describeSchedule(scheduleOf(seed)),
    ...(typeof played === 'string' ? [played] : [...played.problems, ...played.log]),
  ].join('\n');
}
