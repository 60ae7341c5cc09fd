import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../../repository.ts';

/** What is in the repository, as it is on the disk now; packages are its own copy or a link to ours. */
export function copyRepository({ packages }: { readonly packages: 'linked' | 'copied' }): Disposable & {
  readonly path: string;
} {
  const path = mkdtempSync(join(tmpdir(), 'stormproof-copy-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    cpSync(join(repositoryRoot, file), join(path, file));
  }
  const [theirs, ours] = [join(path, 'node_modules'), join(repositoryRoot, 'node_modules')];
  if (packages === 'linked') symlinkSync(ours, theirs);
  else cpSync(ours, theirs, { recursive: true, verbatimSymlinks: true });
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
