import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { SmallCloudOptions } from './compose/options.ts';
import { startSmallCloud } from './compose.ts';

/** The first line that the process reads. */
export interface SmallCloudOrder {
  readonly options: SmallCloudOptions;
}

/** A later line: from now on the end of its input does not end it. An owner killed before that leaves nothing. */
export type SmallCloudStay = 'stay';

/**
 * The small cloud's own process: reads its order from standard input, prints its addresses as one line, and stays
 * until it is asked to go down or, unless it was told to stay, until its owner is gone (the end of standard input).
 */
const lines = createInterface({ input: process.stdin });
const ended = Promise.withResolvers<void>();
const first = Promise.withResolvers<string>();
lines.once('line', first.resolve);
let stays = false;
lines.on('line', (line) => {
  stays ||= line === ('stay' satisfies SmallCloudStay);
});
lines.once('close', () => stays || ended.resolve());
// A terminal's Ctrl-C is the runner's to handle; it takes the cloud down when everything is undone.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.once('SIGTERM', () => ended.resolve());
// An owner that is gone does not read the addresses; the end of its input says so already.
process.stdout.on('error', () => undefined);

const { options } = JSON.parse(await first.promise) as SmallCloudOrder;
const cloud = await startSmallCloud(options);
process.stdout.write(`${JSON.stringify(cloud.addresses)}\n`);
await Promise.race([ended.promise, cloud.asked]);
await cloud[Symbol.asyncDispose]();
await rm(options.directory, { recursive: true, force: true });
process.exit(0);
