import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { SmallCloudOptions } from './compose/options.ts';
import { startSmallCloud } from './compose.ts';

/** The first line that the process reads; `stays` tells whether the end of its input ends it. */
export interface SmallCloudOrder {
  readonly options: SmallCloudOptions;
  readonly stays: boolean;
}

/**
 * The small cloud's own process: reads its order from standard input, prints its addresses as one line, and stays
 * until it is asked to go down or, unless it `stays`, until its owner is gone (the end of standard input).
 */
const lines = createInterface({ input: process.stdin });
const ended = Promise.withResolvers<void>();
const first = Promise.withResolvers<string>();
lines.once('line', first.resolve);
// A terminal's Ctrl-C is the runner's to handle; it takes the cloud down when everything is undone.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.once('SIGTERM', () => ended.resolve());

const { options, stays } = JSON.parse(await first.promise) as SmallCloudOrder;
if (!stays) lines.once('close', () => ended.resolve());

const cloud = await startSmallCloud(options);
process.stdout.write(`${JSON.stringify(cloud.addresses)}\n`);
await Promise.race([ended.promise, cloud.asked]);
await cloud[Symbol.asyncDispose]();
await rm(options.directory, { recursive: true, force: true });
process.exit(0);
