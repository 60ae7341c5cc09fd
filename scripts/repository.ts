import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the suites and the deployment files are, whatever directory the command is called in. */
export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));

/** As it is seen from here: what a run records names no place of this machine. */
export function inRepository(path: string): string {
  return relative(process.cwd(), `${repositoryRoot}/${path}`);
}
