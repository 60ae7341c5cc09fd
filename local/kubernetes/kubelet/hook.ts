import { basename } from 'node:path';
import type { V1LifecycleHandler } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import type { ProbeFailure, ProbeTarget } from './probe.ts';
import { runProbe } from './probe.ts';

/** Runs a lifecycle hook. Sleeping, the usual hook, is in stack time; anything else takes the time it takes. */
export async function runHook(
  handler: V1LifecycleHandler,
  target: ProbeTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProbeFailure> {
  const seconds = handler.sleep?.seconds ?? sleepSeconds(handler.exec?.command ?? []);
  if (seconds === undefined) return runProbe(handler, target);
  try {
    await clock.sleep(seconds * 1000, signal);
    return undefined;
  } catch (error) {
    if (signal.aborted) return 'command "sleep" timed out';
    throw error;
  }
}

/** `sleep 15`, or a shell that does nothing else. */
export function sleepSeconds(command: readonly string[]): number | undefined {
  const [program = '', ...args] = command;
  const shell = ['sh', 'bash', 'ash', 'dash'].includes(basename(program)) && args[0] === '-c';
  const words = shell ? (args[1] ?? '').trim().split(/\s+/) : command;
  if (words.length !== 2 || basename(words[0] ?? '') !== 'sleep') return undefined;
  const groups = /^(?<count>\d+(?:\.\d+)?)(?<unit>[smh]?)$/.exec(words[1] ?? '')?.groups;
  return groups && Number(groups.count) * (unitSeconds[groups.unit ?? ''] ?? 1);
}

const unitSeconds: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };
