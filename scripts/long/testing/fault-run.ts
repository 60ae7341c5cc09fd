import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StackDescriptor } from '../../../provisioning/stack.ts';
import { openJournal } from '../../../reports/journal.ts';
import { inRepository } from '../../repository.ts';

/** What a runner of one fault is told. */
export interface FaultRunOrder {
  readonly directory: string;
  readonly fault: string;
  /** The step (`fixtures/faults/testing/steps.ts`) at which it kills itself; never when absent. */
  readonly killAt?: number;
  /** Instead of the fault's own time limit. */
  readonly limitStackMs?: number;
  /** Starts a watchdog, which outlives the runner. */
  readonly watched?: boolean;
}

/** A run directory as `run` makes it: journal, stack and deployment. */
export function createFaultRunDirectory(directory: string, descriptor: StackDescriptor): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'stack.json'), JSON.stringify(descriptor), { mode: 0o600 });
  copyFileSync(inRepository('provisioning/deployments/artifacthub.yaml'), join(directory, 'deployment.yaml'));
  const journal = openJournal(directory, () => 0);
  journal.write({
    type: 'run-started',
    runId: directory,
    tool: { name: 'stormproof', version: '0.1.0' },
    deployment: { name: 'artifacthub', environment: 'staging', file: 'deployment.yaml' },
    profile: 'full',
    seed: descriptor.seed,
    stack: { preset: descriptor.preset, speed: descriptor.speed, fidelity: descriptor.fidelity },
    target: {},
    plan: [],
    waivers: [],
  });
  journal.close();
}

export interface FaultRun {
  readonly ended: Promise<{ readonly signal: NodeJS.Signals | null; readonly stderr: string }>;
}

export function startFaultRun(order: FaultRunOrder): FaultRun {
  const program = fileURLToPath(new URL('./fault-runner.ts', import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([, signal]) => ({
    signal: signal as NodeJS.Signals | null,
    stderr,
  }));
  return { ended };
}
