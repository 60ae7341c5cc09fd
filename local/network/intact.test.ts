import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NetworkEffect } from '../base/plane-fault.ts';
import { openTestNetwork, readAll, type TestNetwork, type TestServer } from './test-network.ts';

/** An effect that is in force for so long while bytes flow. */
interface Episode {
  readonly effect: NetworkEffect;
  readonly forWallMs: number;
}

const effect = fc.oneof(
  fc.record({
    kind: fc.constant('latency' as const),
    latencyWallMs: fc.integer({ min: 0, max: 8 }),
    jitterWallMs: fc.integer({ min: 0, max: 8 }),
  }),
  fc.record({
    kind: fc.constant('bandwidth' as const),
    bytesPerWallSecond: fc.integer({ min: 50_000, max: 5_000_000 }),
  }),
  fc.constantFrom({ kind: 'cut' as const }, { kind: 'half-open' as const }),
);
const episodes = fc.array(fc.record({ effect, forWallMs: fc.integer({ min: 0, max: 12 }) }), {
  maxLength: 6,
});
const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20_000 }), { maxLength: 8 });

test('whatever the network does short of ending it, every byte arrives once and in order', async () => {
  await using lab = await openTestNetwork();
  const server = await lab.server();
  await fc.assert(
    fc.asyncProperty(chunks, episodes, fc.boolean(), async (sent, happens, overlap) => {
      const back = await echoedThrough(lab, server, { sent, happens, overlap });
      expect(back.equals(Buffer.concat(sent))).toBe(true);
    }),
    { numRuns: 40 },
  );
});

async function echoedThrough(
  lab: TestNetwork,
  server: TestServer,
  { sent, happens, overlap }: { sent: Uint8Array[]; happens: readonly Episode[]; overlap: boolean },
): Promise<Buffer> {
  await lab.break('through', { kind: 'latency', latencyWallMs: 0, jitterWallMs: 0 });
  const socket = await lab.dial(server);
  const back = readAll(socket);
  const flowing = (async () => {
    for (const chunk of sent) {
      socket.write(chunk);
      await wait(1);
    }
    socket.end();
  })();
  for (const [index, { effect: fault, forWallMs }] of happens.entries()) {
    await lab.break(`${index}`, fault);
    await wait(forWallMs);
    if (!overlap) await lab.network.mend(`${index}`);
  }
  for (const index of happens.keys()) await lab.network.mend(`${index}`);
  await lab.network.mend('through');
  await flowing;
  return await back;
}
