import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { JournalEvent } from './journal.ts';
import { journalName, parseLine } from './journal.ts';

/**
 * Every event of a journal, from its first, as it is written, by whatever process; ends when aborted. Looks each
 * `intervalWallMs`: a journal may lie on a file system that notifies nobody.
 */
export async function* followJournal(
  directory: string,
  { signal, intervalWallMs = 50 }: { readonly signal: AbortSignal; readonly intervalWallMs?: number },
): AsyncGenerator<JournalEvent> {
  const file = openSync(join(directory, journalName), 'r');
  const chunk = Buffer.alloc(65_536);
  let rest = Buffer.alloc(0);
  try {
    while (!signal.aborted) {
      const length = readSync(file, chunk, 0, chunk.length, null);
      rest = Buffer.concat([rest, chunk.subarray(0, length)]);
      for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
        const event = parseLine(rest.subarray(0, end).toString('utf8'));
        rest = rest.subarray(end + 1);
        if (event) yield event;
      }
      if (length === 0) await wait(intervalWallMs, undefined, { signal }).catch(unlessAborted(signal));
    }
  } finally {
    closeSync(file);
  }
}

function unlessAborted(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}
