import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Measurement } from '../../fixtures/ledger/measure-check.ts';
import { table } from './table.ts';

const script = fileURLToPath(new URL('../../fixtures/ledger/measure-check.ts', import.meta.url));

/** Design §9: a million operations in at most 3 s. Ten million without exhausting 4 GB. */
export async function measureLedger(): Promise<string> {
  const rows: Readonly<Record<string, string | number>>[] = [];
  for (const [what, kind] of [
    ['unique keys', 'keys'],
    ['list transactions, strictly serializable', 'lists'],
  ] as const)
    for (const size of [1_000_000, 10_000_000]) rows.push(rowOf(what, await measured(kind, size)));
  return table(rows);
}

async function measured(kind: string, size: number): Promise<Measurement> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, kind, String(size)]);
  return JSON.parse(stdout);
}

function rowOf(
  what: string,
  { operations, verdict, ...times }: Measurement,
): Record<string, string | number> {
  return {
    history: what,
    operations: operations.toLocaleString('en'),
    verdict,
    'taken in': `${times.takeInWallMs} ms`,
    checked: `${times.checkWallMs} ms`,
    'CPU, both': `${times.cpuMs} ms`,
    'peak RSS': `${times.peakRssMb} MB`,
  };
}

if (import.meta.main) process.stdout.write(`${await measureLedger()}\n`);
