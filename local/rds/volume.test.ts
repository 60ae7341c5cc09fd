import { existsSync, mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountsBelow, removeDirectory } from '../base/remove-directory.ts';
import { serviceAccount } from './service-account.ts';
import { canMountVolumes, mountVolume } from './volume.ts';

const skip = !canMountVolumes(tmpdir());
if (skip) console.log('skipped: this process may not mount a file system');

test.skipIf(skip)(
  'a volume that is full takes no byte until it is widened; it goes with its directory',
  async () => {
    const parent = mkdtempSync(join(tmpdir(), 'a volume '));
    const directory = join(parent, 'data');
    const volume = await mountVolume(directory, serviceAccount());
    await writeFile(join(directory, 'before'), 'x');
    expect(await volume.hasRoom()).toBe(true);
    await volume.fill();
    expect(await volume.hasRoom()).toBe(false);
    await expect(writeFile(join(directory, 'after'), 'x')).rejects.toThrow('ENOSPC');
    await volume.widen();
    await writeFile(join(directory, 'after'), 'x');
    expect(mountsBelow(parent)).toEqual([directory]);
    removeDirectory(parent);
    expect(mountsBelow(parent)).toEqual([]);
    expect(existsSync(parent)).toBe(false);
  },
);
