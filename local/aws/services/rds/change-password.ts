import { debuglog } from 'node:util';
import type { RdsState, StoredInstance } from './state.ts';

const log = debuglog('stormproof:rds-api');

/** Resolves when only the new one opens a session; the old one stays where the engine fails, and the caller is told. */
export async function changePassword(
  state: RdsState,
  instance: StoredInstance,
  password: string,
): Promise<void> {
  instance.passwordChanging = true;
  try {
    await state.ports.engine.setMasterPassword(instance.identifier, password);
    // RDS-EVENT-0016.
    tell(state, instance, 'Reset master credentials');
  } catch (error) {
    log('%s keeps its password: %O', instance.identifier, error);
    // RDS-EVENT-0067.
    tell(
      state,
      instance,
      'Unable to reset your password. Error information: the DB instance could not be reached.',
    );
    throw error;
  } finally {
    instance.passwordChanging = false;
    state.context.changed();
  }
}

function tell({ events }: RdsState, { identifier }: StoredInstance, message: string): void {
  events.add({ identifier, sourceType: 'db-instance', message, categories: ['configuration change'] });
}
