import { debuglog } from 'node:util';
import type { RdsState, StoredInstance } from './state.ts';

const log = debuglog('stormproof:rds-api');

/** Gives the group's values to every instance that uses it; static ones wait for a reboot. */
export function applyParameters(state: RdsState, groupName: string): void {
  for (const instance of state.instances.values())
    if (instance.parameterGroup === groupName) {
      instance.parametersStale = true;
      applyStaleParameters(state, instance);
    }
}

/** Also called when an instance becomes available: its group may have changed meanwhile. */
export function applyStaleParameters(state: RdsState, instance: StoredInstance): void {
  if (!instance.parametersStale || instance.engine?.status !== 'available') return;
  instance.parametersStale = false;
  void applyTo(state, instance);
}

/** What the engine is given: only what a user set, the rest is its own. */
export function engineParameters({ parameterGroups }: RdsState, groupName: string): Record<string, string> {
  return Object.fromEntries(parameterGroups.get(groupName)?.values ?? []);
}

async function applyTo(state: RdsState, instance: StoredInstance): Promise<void> {
  const { context, ports } = state;
  instance.parametersApplying = true;
  try {
    const parameters = engineParameters(state, instance.parameterGroup);
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
