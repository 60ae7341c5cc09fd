import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readJournal } from '../../reports/journal.ts';
import { openWorkplace } from './testing/workplace.ts';

test('HPA-1 takes its load from pods when it is told to', async () => {
  await using place = openWorkplace();
  // Half as fast as usual: six pods that send share the machine with all that they send to.
  const run = await place.stormproof(['run', '--only', 'HPA-1', '--shards', '2', '--speed', '5']);
  const { outcome } = place.report().requirements.find(({ id }) => id === 'HPA-1') ?? {};
  expect(outcome, run.stdout).toBe('pass');
  const { events } = readJournal(join(place.path, 'reports', 'out', 'latest'));
  const evidence = events.flatMap((event) => (event.type === 'evidence' ? [event.what] : []));
  const traffic = events.filter((event) => event.type === 'traffic' && event.stream === 'burn 2');
  expect(evidence).toEqual(expect.arrayContaining([1, 2, 3].map((burner) => `shards of burn ${burner}`)));
  expect(traffic).not.toEqual([]);
});
