import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFaultHands } from '../../../fixtures/faults/hands.ts';
import { createFaultInjector } from '../../../fixtures/faults/injector.ts';
import { countWrites, createSteps } from '../../../fixtures/faults/testing/steps.ts';
import { createDialer } from '../../../fixtures/probes/dialer.ts';
import { startWatchdog } from '../../../fixtures/watchdog/start-watchdog.ts';
import { attach } from '../../../provisioning/attach.ts';
import { readDeployment } from '../../../provisioning/deployment/read.ts';
import type { StackDescriptor } from '../../../provisioning/stack.ts';
import { openJournal } from '../../../reports/journal.ts';
import type { FaultRunOrder } from './fault-run.ts';
import { injectable } from './injectable.ts';

/** A runner of one fault on a real stack, to be killed: see `fault-run.ts`. */
const {
  directory,
  fault: name,
  killAt,
  limitStackMs,
  watched,
} = JSON.parse(process.argv[2] ?? '{}') as FaultRunOrder;
const fault = injectable(name);
const descriptor = JSON.parse(readFileSync(join(directory, 'stack.json'), 'utf8')) as StackDescriptor;
const stack = attach(descriptor);
const hands = createFaultHands({
  stack,
  dialer: createDialer(descriptor),
  deployment: readDeployment(join(directory, 'deployment.yaml')),
  signal: new AbortController().signal,
  note: () => undefined,
});
const journal = countWrites(
  openJournal(directory, () => stack.clock.elapsedMs()),
  createSteps({ killAt }),
);
if (watched) startWatchdog(directory);
const injector = createFaultInjector({ requirement: 'CRASH-1', journal, hands, endingHands: hands });
await injector.inject(limitStackMs === undefined ? fault : { ...fault, maxDurationMs: limitStackMs });
await injector.endAll();
journal.close();
process.exit(0);
