import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../../repository.ts';

/** What is in the repository, as it is on the disk now; packages are a copy of their own or a link to ours. */
export function copyRepository({
  to,
  packages,
}: {
  readonly to: string;
  readonly packages: 'linked' | 'copied';
}): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(repositoryRoot, file), join(to, file));
  }
  const [theirs, ours] = [join(to, 'node_modules'), join(repositoryRoot, 'node_modules')];
  if (packages === 'linked') symlinkSync(ours, theirs);
  else cpSync(ours, theirs, { recursive: true, verbatimSymlinks: true });
}
