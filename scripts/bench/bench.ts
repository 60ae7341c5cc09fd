import { measureOmission, omissionTable } from './coordinated-omission.ts';
import { falseAlarmTable, measureFalseAlarms } from './false-alarms.ts';
import { measureLedger } from './ledger-check.ts';
import { measureOutages, outageTable } from './outage-truth.ts';
import { measureCapacity } from './prober-capacity.ts';
import { measureLagInRun } from './prober-in-run.ts';
import { lagTable, measureLag } from './prober-lag.ts';

/** `npm run bench [name…]`: each measurement by name, all of them without one. */
const measurements: Readonly<
  Record<string, { readonly what: string; readonly table: () => Promise<string> }>
> = {
  lag: {
    what: 'The prober’s schedule: how late requests are sent',
    table: async () =>
      lagTable([
        await measureLag({ what: 'alone', perWallSecond: 100 }),
        await measureLag({ what: 'alone', perWallSecond: 1000 }),
        await measureLagInRun(),
        await measureLag({ what: 'overload', perWallSecond: 50_000, forMs: 3000, maxInFlight: 2000 }),
      ]),
  },
  capacity: {
    what: 'What one process can send, hand in and merge',
    table: measureCapacity,
  },
  outages: {
    what: '1,000 outages of known length, 1 ms to 30 s, at four intervals',
    table: async () => outageTable(await measureOutages()),
  },
  'false-alarms': {
    what: 'A million healthy requests',
    table: async () => falseAlarmTable(await measureFalseAlarms()),
  },
  ledger: {
    what: 'The ledger check: a million and ten million operations',
    table: measureLedger,
  },
  omission: {
    what: 'p99 of a server that stalls 1 s every 10 s (coordinated omission)',
    table: async () => omissionTable(await measureOmission()),
  },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in measurements));
if (unknown.length > 0) {
  process.stderr.write(
    `Cannot measure ${unknown.join(', ')}: expected ${Object.keys(measurements).join(', ')}\n`,
  );
  process.exit(2);
}
for (const [name, { what, table }] of Object.entries(measurements)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`${what}\n`);
  process.stdout.write(`${await table()}\n\n`);
}
