import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { mountsBelow } from '../base/remove-directory.ts';
import type { TestPlane } from './test-plane.ts';
import { openTestPlane } from './test-plane.ts';
import { canMountVolumes } from './volume.ts';

const skip = !canMountVolumes(tmpdir());
if (skip) console.log('skipped: a full disk takes a file system that this process may not mount');

test.skipIf(skip)(
  'a primary whose disk is full ends, and a standby with room takes over with every write',
  async () => {
    await using stack = await openTestPlane({ speed: 100 });
    const { plane } = stack;
    const before = await stack.create();
    const client = await stack.connect();
    await client.query('create table entries (key int)');
    const writer = stack.write('entries');
    await expect.poll(() => writer.acknowledged.length, patient).toBeGreaterThan(20);

    await plane.break('f', fill);
    await plane.break('f', fill);
    await stack.reached(({ status }) => status === 'rebooting');
    await expect(client.query('select 1')).rejects.toThrow();
    const after = await stack.reached(({ status }) => status === 'available');
    expect(after.primary?.pid).toBe(before.standby?.pid);
    const reached = writer.acknowledged.length;
    await expect.poll(() => writer.acknowledged.length, patient).toBeGreaterThan(reached + 20);
    await plane.mend('f');
    await plane.mend('f');
    await stack.reached(({ standby }) => standby !== undefined);
    expect(await missing(stack, await writer.stop())).toEqual([]);
    expect(stack.events).toEqual([
      'DB instance created',
      'Multi-AZ instance failover started.',
      'DB instance restarted',
      'Multi-AZ failover to standby complete - DNS propagation may take a few minutes',
      'Multi-AZ instance failover completed',
      'The primary host of the RDS Multi-AZ instance is unhealthy.',
    ]);
  },
);

test.skipIf(skip)(
  'without a standby the instance waits for room, and has every write when it gets some',
  async () => {
    await using stack = await openTestPlane({ speed: 100 });
    const { plane } = stack;
    await stack.create({}, false);
    const client = await stack.connect();
    await client.query('create table entries (key int)');
    await client.query('insert into entries select generate_series(1, 1000)');

    await plane.break('f', fill);
    await stack.reached(({ status }) => status === 'storage-full');
    expect(stack.processes.size).toBe(0);
    expect(await readFile(`${stack.directory}/s1/log`, 'utf8')).toMatch(/PANIC: .*No space left on device/);
    await plane.mend('f');
    await stack.reached(({ status }) => status === 'available');
    expect(await missing(stack, [1, 1000])).toEqual([]);
    expect(stack.events.slice(1)).toEqual([
      'Allocated storage has been exhausted. Allocate additional storage to resolve.',
      expect.stringMatching(/^DB instance has reached the storage-full threshold/),
      expect.stringMatching(/^Recovery of the DB instance has started/),
      'Recovery of the DB instance is complete.',
    ]);
  },
);

test.skipIf(skip)('nothing stays mounted where a plane was', async () => {
  const mounts = async () => {
    await using stack = await openTestPlane({ speed: 100 });
    await stack.create();
    await stack.plane.break('f', fill);
    return { directory: stack.directory, mounted: mountsBelow(stack.directory).length };
  };
  const { directory, mounted } = await mounts();
  expect(mounted).toBe(2);
  expect(mountsBelow(directory)).toEqual([]);
});

const fill = { plane: 'database', identifier: 'db', effect: 'fill-primary-disk' } as const;
const patient = { timeout: 10_000 };

async function missing(stack: TestPlane, keys: readonly number[]): Promise<readonly number[]> {
  const client = await stack.connect();
  const { rows } = await client.query<{ key: number }>('select key from entries');
  await client.end();
  const present = new Set(rows.map(({ key }) => key));
  return keys.filter((key) => !present.has(key));
}
