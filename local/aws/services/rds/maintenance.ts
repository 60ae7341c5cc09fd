import type {
  ApplyPendingMaintenanceActionMessage,
  ApplyPendingMaintenanceActionResult,
  DescribePendingMaintenanceActionsMessage,
  PendingMaintenanceActionsMessage,
  ResourcePendingMaintenanceActions,
} from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { describePage } from './describe-page.ts';
import { newestMinor } from './engine-versions.ts';
import { invalidValue } from './errors.ts';
import { isWithin, nextOpening, parseMaintenanceWindow } from './maintenance-window.ts';
import { applyPendingChanges, deferChanges } from './pending-changes.ts';
import type { RdsState, StoredInstance } from './state.ts';
import { arnOf, statusOf } from './state.ts';

/** The only maintenance that there is here: another minor version. There is no operating system to patch. */
const action = 'db-upgrade';

export function maintenanceHandlers(state: RdsState) {
  return {
    DescribePendingMaintenanceActions: (input: DescribePendingMaintenanceActionsMessage) =>
      describeActions(state, input),
    ApplyPendingMaintenanceAction: (input: ApplyPendingMaintenanceActionMessage) => applyAction(state, input),
  };
}

/** Windows are instants in real UTC, which no clock runs faster (design §4); what they hold open lasts at least 30 minutes. */
export function watchMaintenanceWindows(state: RdsState): void {
  const { clock, signal } = state.context;
  clock.every(Math.max(lookEveryMs, clock.toStackMs(leastLookWallMs)), () => applyDue(state), signal);
}

const lookEveryMs = 60_000;
const leastLookWallMs = 50;

function applyDue(state: RdsState): void {
  const now = state.context.clock.now();
  for (const instance of state.instances.values()) {
    if (statusOf(instance) !== 'available' || !isWithin(windowOf(instance), now)) continue;
    if (instance.upgradeOptedIn) deferChanges(instance, { EngineVersion: newestOf(instance) });
    applyPendingChanges(state, instance);
  }
}

function describeActions(
  state: RdsState,
  input: DescribePendingMaintenanceActionsMessage,
): PendingMaintenanceActionsMessage {
  const { ResourceIdentifier, Filters = [] } = input;
  const found = ResourceIdentifier
    ? [findByArn(state, ResourceIdentifier)]
    : [...state.instances.values()].filter((instance) =>
        Filters.every(({ Name = '', Values = [] }) => matches(state, instance, Name, Values)),
      );
  const actions = found.filter(isOutdated).map((instance) => describeAction(state, instance));
  const page = describePage(actions, input, (item) => item.ResourceIdentifier ?? '');
  return { PendingMaintenanceActions: page.items, Marker: page.Marker };
}

function matches(state: RdsState, instance: StoredInstance, name: string, values: string[]): boolean {
  if (name === 'db-cluster-id') return false;
  if (name !== 'db-instance-id') throw invalidValue(`Unrecognized filter name: ${name}`);
  return values.includes(instance.identifier) || values.includes(arnOf(state, 'db', instance.identifier));
}

function applyAction(
  state: RdsState,
  { ResourceIdentifier = '', ApplyAction, OptInType = '' }: ApplyPendingMaintenanceActionMessage,
): ApplyPendingMaintenanceActionResult {
  const instance = findByArn(state, ResourceIdentifier);
  if (!optIns.includes(OptInType)) throw invalidValue(`Invalid opt-in type: ${OptInType}`);
  if (ApplyAction !== action || !isOutdated(instance))
    throw invalidValue(`The action ${ApplyAction} is not pending for the resource ${ResourceIdentifier}.`);
  if (statusOf(instance) !== 'available')
    throw new AwsError('InvalidDBInstanceState', 'Database instance is not in available state.');
  const described = describeAction(state, instance);
  instance.upgradeOptedIn = OptInType === 'next-maintenance';
  if (OptInType === 'immediate') {
    deferChanges(instance, { EngineVersion: newestOf(instance) });
    applyPendingChanges(state, instance);
  }
  const [details] = described.PendingMaintenanceActionDetails ?? [];
  const OptInStatus = OptInType === 'undo-opt-in' ? undefined : OptInType;
  return {
    ResourcePendingMaintenanceActions: {
      ...described,
      PendingMaintenanceActionDetails: [{ ...details, OptInStatus }],
    },
  };
}

const optIns: readonly string[] = ['immediate', 'next-maintenance', 'undo-opt-in'];

/** Nobody applies it by himself: its date of automatic application is absent. */
function describeAction(state: RdsState, instance: StoredInstance): ResourcePendingMaintenanceActions {
  const optedIn = instance.upgradeOptedIn;
  const opening = nextOpening(windowOf(instance), state.context.clock.now());
  return {
    ResourceIdentifier: arnOf(state, 'db', instance.identifier),
    PendingMaintenanceActionDetails: [
      {
        Action: action,
        Description: `Automatic minor version upgrade to postgres ${newestOf(instance)}`,
        OptInStatus: optedIn ? 'next-maintenance' : undefined,
        CurrentApplyDate: optedIn ? opening : undefined,
      },
    ],
  };
}

function findByArn(state: RdsState, arn: string): StoredInstance {
  for (const instance of state.instances.values())
    if (arnOf(state, 'db', instance.identifier) === arn) return instance;
  throw new AwsError('ResourceNotFoundFault', `The specified resource name does not exist: ${arn}`);
}

function windowOf({ settings }: StoredInstance) {
  return parseMaintenanceWindow(settings.PreferredMaintenanceWindow ?? '');
}

function isOutdated(instance: StoredInstance): boolean {
  return newestOf(instance) !== instance.settings.EngineVersion;
}

function newestOf({ settings }: StoredInstance): string {
  return newestMinor(settings.EngineVersion ?? '');
}
