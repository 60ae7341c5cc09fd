import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from './certificates.ts';
import { createClock } from './clock.ts';
import { claimLoopbackBlock } from './loopback.ts';
import { createRandom } from './random.ts';

test('an issued certificate verifies against its authority and names its hosts', async () => {
  const authority = await createCertificateAuthority('test root');
  const issued = await authority.issue({ names: ['a.example'], addresses: ['127.0.0.1'] });
  const leaf = new X509Certificate(issued.certificatePem);
  expect(leaf.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
  expect(leaf.checkHost('a.example')).toBe('a.example');
  expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
});

test('two stacks claim different blocks', async () => {
  await using first = await claimLoopbackBlock();
  await using second = await claimLoopbackBlock();
  expect(first.block).not.toBe(second.block);
});

test('a fast clock sleeps a tenth of the time and never scales real I/O under a second', async () => {
  const clock = createClock({ speed: 10 });
  const sleep = async () => {
    const before = performance.now();
    await clock.sleep(1000);
    return performance.now() - before;
  };
  // A busy machine delays some sleeps, a clock that is not fast delays every one.
  await expect.poll(sleep, { timeout: 30_000 }).toBeLessThan(900);
  expect(clock.elapsedMs()).toBeGreaterThanOrEqual(1000);
  expect(clock.ioTimeoutWallMs(5000)).toBe(1000);
});

test('an aborted sleep rejects with the reason', async () => {
  await expect(
    createClock({ speed: 1 }).sleep(60_000, AbortSignal.abort(new Error('stopped'))),
  ).rejects.toThrow('stopped');
});

test('the same seed gives the same names', () => {
  expect(createRandom(7).text(20)).toBe(createRandom(7).text(20));
});
