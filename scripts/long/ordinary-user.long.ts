import { spawnSync } from 'node:child_process';
import type { TestContext } from 'vitest';
import { expect, test } from 'vitest';
import { leftOf, processesOf } from './testing/processes.ts';
import { copyRepository } from './testing/repository-copy.ts';
import { openWorkplace } from './testing/workplace.ts';

/** Not root, and in the user database, which initdb asks. */
const user = { name: 'nobody', uid: 65534 };
const asUser = ['setpriv', `--reuid=${user.uid}`, `--regid=${user.uid}`, '--clear-groups', '--no-new-privs'];

test('an ordinary user runs everything on a copy of their own', async (context) => {
  needsToBecomeAnother(context);
  await using place = openWorkplace();
  copyRepository({ to: place.path, packages: 'copied' });
  mustRun('chown', '-R', `${user.uid}:${user.uid}`, place.path);
  const running = place.start(['run'], {
    repository: place.path,
    through: asUser,
    environment: { HOME: place.path },
  });
  await place.journalled('the first requirement', ({ type }) => type === 'requirement-started');
  const stack = place.stack('run');
  const processes = processesOf(stack);
  expect(processes.filter(({ owner }) => owner !== user.uid)).toEqual([]);
  const { exitCode, stdout, stderr } = await running.ended;
  expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 });
  expect(place.report()).toMatchObject({ verdict: 'conformant', integrity: { complete: true } });
  expect(leftOf(stack, processes)).toEqual([]);
  expect(place.temporaryFiles()).toEqual([]);
});

function needsToBecomeAnother({ skip }: TestContext): void {
  if (process.getuid?.() !== 0)
    skip('only root becomes another user; for an ordinary user, every test is this one');
  const [program = '', ...args] = asUser;
  const { status, error, stderr } = spawnSync(program, [...args, 'id', '-u', user.name], {
    encoding: 'utf8',
  });
  if (status !== 0) skip(`this machine does not let root become "${user.name}": ${error?.message ?? stderr}`);
}

function mustRun(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot ${program}: ${stderr}`);
}
