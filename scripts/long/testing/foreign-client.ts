import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

const execute = promisify(execFile);

/** A program that others wrote; a test on a machine without it is skipped, and says so. */
export function foreignClient(
  name: string,
  { skip }: Pick<TestContext, 'skip'>,
  environment: Readonly<Record<string, string>> = {},
): (...args: readonly string[]) => Promise<string> {
  if (!isInstalled(name)) skip(`${name} is not installed on this machine`);
  const { PATH, HOME, LANG } = process.env;
  return async (...args) => {
    const { stdout } = await execute(name, args, {
      env: { PATH, HOME, LANG, ...environment },
      timeout: 60_000,
      maxBuffer: 2 ** 24,
    });
    return stdout;
  };
}

function isInstalled(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, name)));
}
