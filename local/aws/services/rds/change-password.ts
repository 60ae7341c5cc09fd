import { debuglog } from 'node:util';
import { checkPassword } from './check-instance.ts';
import { invalidCombination } from './errors.ts';
import type { RdsState, StoredInstance } from './state.ts';

const log = debuglog('stormproof:rds-api');

/** The change that was asked for, once it is known to be possible; it returns before it is done, as RDS does. */
export function passwordChange(state: RdsState, instance: StoredInstance, password: string): () => void {
  const { engine } = state.ports;
  checkPassword(password);
  if (!engine.setMasterPassword)
    throw invalidCombination('MasterUserPassword cannot be modified for this DB instance.');
  const change = engine.setMasterPassword.bind(engine, instance.identifier, password);
  return () => {
    instance.passwordChanging = true;
    void finish(state, instance, change());
  };
}

/** The old password stays where the engine fails. */
async function finish(state: RdsState, instance: StoredInstance, change: Promise<void>): Promise<void> {
  try {
    await change;
    // RDS-EVENT-0016.
    state.events.add({
      identifier: instance.identifier,
      sourceType: 'db-instance',
      message: 'Reset master credentials',
      categories: ['configuration change'],
    });
  } catch (error) {
    log('%s keeps its password: %O', instance.identifier, error);
  }
  instance.passwordChanging = false;
  state.context.changed();
}
