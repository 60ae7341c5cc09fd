import { createFaultInjector } from '../../../../fixtures/faults/injector.ts';
import type { Steps } from '../../../../fixtures/faults/testing/steps.ts';
import { countWrites, createSteps } from '../../../../fixtures/faults/testing/steps.ts';
import { openJournal } from '../../../../reports/journal.ts';
import { injectable } from '../injectable.ts';
import { scriptedHands } from './client.ts';
import { scripted } from './scripted-fault.ts';

/** A run of one fault on a scripted stack, from the intent to the proof that it is gone. */
export async function runFault(options: {
  readonly directory: string;
  readonly url: string;
  readonly name: string;
  readonly steps: Steps;
}): Promise<void> {
  const { directory, url, name, steps } = options;
  const hands = await scriptedHands(url, steps);
  const file = openJournal(directory, () => hands.stack.clock.elapsedMs());
  const journal = countWrites(file, steps);
  const injector = createFaultInjector({ requirement: 'CRASH-1', journal, hands, endingHands: hands });
  try {
    await injector.inject(scripted(injectable(name)));
    await injector.endAll();
  } finally {
    file.close();
  }
}

/** The program that the crash matrix kills: `crash-runner.ts <directory> <url> <fault> <step>`. */
if (import.meta.main) {
  const [, , directory = '', url = '', name = '', killAt] = process.argv;
  await runFault({ directory, url, name, steps: createSteps({ killAt: Number(killAt) }) });
}
