import { randomInt } from 'node:crypto';
import { isAlive } from '../../provisioning/control.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import { openStack } from '../../provisioning/open.ts';
import { isolateEnvironment } from '../environment.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { createProgressPrinter } from '../progress.ts';
import { readStackFile, writeStackFile } from '../stack-file.ts';
import { UsageError } from '../usage-error.ts';
import type { JsonOption, StackOptions } from './options.ts';

export async function up(options: StackOptions & JsonOption): Promise<number> {
  const deployment = readDeployment(options.deployment);
  const left = readStackFile();
  if (left && (await isAlive(left)))
    throw new UsageError(
      `Cannot stand a stack up: "${left.id}" is up already, take it down with: stormproof down`,
    );
  const ignored = isolateEnvironment();
  using interrupt = listenForInterrupt();
  using progress = createProgressPrinter();
  if (ignored.length > 0) progress.say(`ignored environment variables: ${ignored.join(', ')}`);
  await using stack = await openStack({
    preset: options.stack,
    deployment,
    speed: options.speed,
    seed: options.seed ?? randomInt(2 ** 31),
    stays: true,
    say: (message) => progress.say(message),
    signal: interrupt.signal,
  });
  const { descriptor } = stack;
  writeStackFile(descriptor);
  progress.say('the stack is up; "stormproof env" prints how to reach it, "stormproof down" takes it down');
  if (options.json) process.stdout.write(`${JSON.stringify(descriptor, undefined, 2)}\n`);
  return 0;
}
