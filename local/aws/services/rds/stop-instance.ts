import type {
  StartDBInstanceMessage,
  StartDBInstanceResult,
  StopDBInstanceMessage,
  StopDBInstanceResult,
} from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { giveAllParameters } from './apply-parameters.ts';
import { describeInstance } from './describe-instance.ts';
import { dropPendingChanges } from './pending-changes.ts';
import type { RdsState, StoredInstance } from './state.ts';
import { findInstance, statusOf } from './state.ts';

/** Its own words for a state that forbids it, as customers report them. */
const notAvailable = ({ identifier }: StoredInstance): AwsError =>
  new AwsError('InvalidDBInstanceState', `Instance ${identifier} is not in available state.`);

const notStopped = ({ identifier }: StoredInstance): AwsError =>
  new AwsError('InvalidDBInstanceState', `Instance ${identifier} is not stopped, cannot be started.`);

export function stopHandlers(state: RdsState) {
  return {
    StopDBInstance: (input: StopDBInstanceMessage) => stopInstance(state, input),
    StartDBInstance: (input: StartDBInstanceMessage) => startInstance(state, input),
  };
}

async function stopInstance(
  state: RdsState,
  { DBInstanceIdentifier, DBSnapshotIdentifier }: StopDBInstanceMessage,
): Promise<StopDBInstanceResult> {
  const instance = findInstance(state, DBInstanceIdentifier);
  if (statusOf(instance) !== 'available') throw notAvailable(instance);
  if (DBSnapshotIdentifier)
    throw new AwsError('SnapshotQuotaExceeded', 'Cannot create more than 0 manual snapshots');
  await accepted(state.ports.engine.stop(instance.identifier), () => notAvailable(instance));
  dropPendingChanges(instance);
  return { DBInstance: { ...describeInstance(state, instance), DBInstanceStatus: 'stopping' } };
}

async function startInstance(
  state: RdsState,
  { DBInstanceIdentifier }: StartDBInstanceMessage,
): Promise<StartDBInstanceResult> {
  const instance = findInstance(state, DBInstanceIdentifier);
  if (statusOf(instance) !== 'stopped') throw notStopped(instance);
  await giveAllParameters(state, instance);
  await accepted(state.ports.engine.start(instance.identifier), () => notStopped(instance));
  return { DBInstance: { ...describeInstance(state, instance), DBInstanceStatus: 'starting' } };
}

/** The engine may have learned meanwhile what the API did not. */
export async function accepted(asked: Promise<void>, refusal: () => AwsError): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'InvalidState') throw refusal();
    throw error;
  }
}
