import { expect, test } from 'vitest';
import { sleepSeconds } from './hook.ts';

test.each([
  [['sleep', '15'], 15],
  [['/bin/sleep', '1.5'], 1.5],
  [['sh', '-c', ' sleep 2m '], 120],
  [['/bin/sh', '-c', 'sleep 5; curl localhost'], undefined],
  [['sleep', 'long'], undefined],
  [['node', '-e', 'sleep 5'], undefined],
])('%j sleeps for %s', (command, seconds) => {
  expect(sleepSeconds(command)).toBe(seconds);
});
