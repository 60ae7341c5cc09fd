import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copyRepository } from './testing/repository-copy.ts';
import { openWorkplace } from './testing/workplace.ts';

test('an exception in a check’s own code is exit 7, and never the deployment’s failure', async () => {
  await using place = openWorkplace();
  copyRepository({ to: place.path, packages: 'linked' });
  breakCheck(join(place.path, 'suites/tls/redirect.suite.ts'));
  const ended = await place.stormproof(['run', '--only', 'TLS'], { repository: place.path });
  expect(ended).toMatchObject({ exitCode: 7 });
  const { verdict, integrity, requirements } = place.report();
  expect(verdict).not.toBe('nonconformant');
  expect(integrity).toMatchObject({
    complete: true,
    leftInjected: [],
    harnessError: expect.stringContaining('a bug of the check'),
  });
  expect(requirements.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
  const outcomes = Object.fromEntries(requirements.map(({ id, outcome }) => [id, outcome]));
  expect(outcomes).toMatchObject({ 'STEADY-1': 'pass', 'TLS-1': 'pass', 'TLS-4': 'inconclusive' });
});

/** The same suite with a check that cannot get past its first line. */
function breakCheck(file: string): void {
  const source = readFileSync(file, 'utf8');
  const broken = source.replace(
    /^ {2}async (\(.*\)) => \{$/m,
    (line) => `${line}\n    if (Date.now() > 0) throw new TypeError('a bug of the check');`,
  );
  expect(broken).not.toBe(source);
  writeFileSync(file, broken);
}
