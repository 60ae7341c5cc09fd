import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServerProcess } from '../../../../local/rds/contract.ts';
import { systemClockAheadMs } from './wall-now.ts';

export interface LogLine {
  /** As `wallNow` tells the time. PostgreSQL cuts the fraction of a millisecond off. */
  readonly atMs: number;
  readonly level: string;
  readonly message: string;
}

/** What PostgreSQL servers wrote, also after they were removed. */
export interface ServerLogs extends Disposable {
  seen(process: ServerProcess): void;
  /** All that the server of this postmaster wrote. */
  of(postmaster: number): readonly LogLine[];
}

export function keepServerLogs(): ServerLogs {
  const directories = new Map<number, string>();
  const files = new Map<string, number>();
  return {
    seen: ({ state, pid, dataDirectory }) => {
      if (state === 'ended') return;
      directories.set(pid, dataDirectory);
      if (!files.has(dataDirectory))
        files.set(dataDirectory, openSync(join(dirname(dataDirectory), 'log'), 'r'));
    },
    of: (postmaster) => {
      const file = files.get(directories.get(postmaster) ?? '');
      if (file === undefined) throw new Error(`Cannot read the log of ${postmaster}: it never ran`);
      return parseLog(readFromStart(file), systemClockAheadMs());
    },
    [Symbol.dispose]: () => {
      for (const file of files.values()) closeSync(file);
      files.clear();
    },
  };
}

function readFromStart(file: number): string {
  const bytes = Buffer.alloc(fstatSync(file).size);
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)).toString('utf8');
}

/** Lines of `log_line_prefix = '%m:%r:%u@%d:[%p]:'`, RDS's own. */
export function parseLog(text: string, aheadMs: number): readonly LogLine[] {
  return text.split('\n').flatMap((line) => {
    const found = /^(\S+ \S+) (?:UTC|GMT):.*?:\[\d+\]:([A-Z]+): +(.*)$/.exec(line);
    if (!found) return [];
    const [, instant = '', level = '', message = ''] = found;
    return [{ atMs: Date.parse(`${instant.replace(' ', 'T')}Z`) - aheadMs, level, message }];
  });
}
