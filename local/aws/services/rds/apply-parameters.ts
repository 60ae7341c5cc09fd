import { debuglog } from 'node:util';
import type { RdsState, StoredInstance } from './state.ts';

const log = debuglog('stormproof:rds-api');

/** One parameter of a group that is not what it was; without a value it is the engine's own again. */
export interface ParameterChange {
  readonly name: string;
  readonly value: string | undefined;
  /** A dynamic parameter whose apply method is `pending-reboot`. */
  readonly waits: boolean;
}

/** Gives the changes to every instance that uses the group; the engine says which of them wait for a reboot. */
export function applyParameters(
  state: RdsState,
  groupName: string,
  changes: readonly ParameterChange[],
): void {
  for (const instance of state.instances.values()) {
    if (instance.parameterGroup !== groupName) continue;
    for (const change of changes) take(instance, change);
    applyStaleParameters(state, instance);
  }
}

function take(instance: StoredInstance, { name, value, waits }: ParameterChange): void {
  if (waits) instance.pendingReboot = true;
  else {
    if (value === undefined) instance.parameters.delete(name);
    else instance.parameters.set(name, value);
    instance.parametersStale = true;
  }
}

/** Also called when an instance becomes available: its group may have changed meanwhile. */
export function applyStaleParameters(state: RdsState, instance: StoredInstance): void {
  if (!instance.parametersStale || instance.engine?.status !== 'available') return;
  void give(state, instance);
}

/** Before a restart, which is what another group and changes that wait are for. */
export async function giveAllParameters(state: RdsState, instance: StoredInstance): Promise<void> {
  const values = engineParameters(state, instance.parameterGroup);
  const given = JSON.stringify([...instance.parameters].sort());
  if (given === JSON.stringify([...values].sort()) && !instance.parametersStale) return;
  instance.parameters = values;
  await give(state, instance);
}

/** What the engine is given: only what a user set, the rest is its own. */
export function engineParameters({ parameterGroups }: RdsState, groupName: string): Map<string, string> {
  return new Map(parameterGroups.get(groupName)?.values);
}

async function give(state: RdsState, instance: StoredInstance): Promise<void> {
  const { context, ports } = state;
  instance.parametersStale = false;
  instance.parametersApplying = true;
  try {
    const parameters = Object.fromEntries(instance.parameters);
    const { pendingReboot } = await ports.engine.modifyParameters(instance.identifier, parameters);
    instance.pendingReboot ||= pendingReboot.length > 0;
  } catch (error) {
    // RDS too only shows it: the group says pending-reboot, and the next reboot takes the values.
    instance.pendingReboot = true;
    log('%s: %O', instance.identifier, error);
  } finally {
    instance.parametersApplying = false;
    context.changed();
  }
}
