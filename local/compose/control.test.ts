import { expect, test } from 'vitest';
import type { ControlRequest } from '../base/control-request.ts';
import { claimLoopbackBlock } from '../base/loopback.ts';
import { startControl } from './control.ts';

async function open(handle: (request: ControlRequest) => Promise<void>) {
  const block = await claimLoopbackBlock();
  const control = await startControl({
    host: block.at(0, 2),
    port: 4600,
    token: 'secret',
    handle,
    state: () => ({ broken: [] }),
  });
  const call = (body: string, token = 'secret') =>
    fetch(control.url, { method: 'POST', body, headers: { authorization: `Bearer ${token}` } });
  return {
    url: control.url,
    call,
    [Symbol.asyncDispose]: async () => {
      await control[Symbol.asyncDispose]();
      await block[Symbol.asyncDispose]();
    },
  };
}

test('without the token nothing is done', async () => {
  const done: ControlRequest[] = [];
  await using control = await open(async (request) => void done.push(request));
  expect((await control.call('{"call":"down"}', 'guess')).status).toBe(401);
  expect((await fetch(control.url)).status).toBe(401);
  expect(done).toEqual([]);
});

test('a request that cannot be read or is not known is the caller’s error, a failure the stack’s', async () => {
  await using control = await open(async ({ call }) => {
    throw call === 'down' ? new Error('stuck') : new TypeError('unknown');
  });
  expect((await control.call('{')).status).toBe(400);
  expect((await control.call('{"call":"dance"}')).status).toBe(400);
  const failed = await control.call('{"call":"down"}');
  expect([failed.status, await failed.text()]).toEqual([500, 'stuck']);
});
