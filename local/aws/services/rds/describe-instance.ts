import type { DBInstance } from '@aws-sdk/client-rds';
import { describeSecret } from './master-secret.ts';
import type { RdsState, StoredInstance } from './state.ts';
import { arnOf, statusOf } from './state.ts';

/** The instance as asked for, with what its engine says of it. Never a password. */
export function describeInstance(state: RdsState, instance: StoredInstance): DBInstance {
  const { identifier, settings, engine, firstAvailableAt, endpointName } = instance;
  return {
    ...settings,
    DBInstanceArn: arnOf(state, 'db', identifier),
    DBInstanceStatus: statusOf(instance),
    // Neither shows before the instance was available once.
    InstanceCreateTime: firstAvailableAt,
    Endpoint: firstAvailableAt && { ...settings.Endpoint, Address: endpointName },
    AvailabilityZone: engine?.primary?.zone ?? settings.AvailabilityZone,
    SecondaryAvailabilityZone: settings.MultiAZ ? engine?.secondaryZone : undefined,
    DBSubnetGroup: state.subnetGroups.get(instance.subnetGroup),
    DBParameterGroups: [
      { DBParameterGroupName: instance.parameterGroup, ParameterApplyStatus: applyStatus(instance) },
    ],
    PendingModifiedValues: {
      ...instance.pending,
      ...(instance.passwordChanging ? { MasterUserPassword: '****' } : {}),
    },
    MasterUserSecret: describeSecret(state, instance),
    CertificateDetails: { CAIdentifier: settings.CACertificateIdentifier },
    LatestRestorableTime: engine?.restorable && wholeSeconds(engine.restorable.latest),
    TagList: state.tags.list(arnOf(state, 'db', identifier)),
  };
}

/** As RDS writes its times; rounded down, for later ones are refused. */
export function wholeSeconds(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / 1000) * 1000);
}

function applyStatus({ parametersApplying, parametersStale, pendingReboot }: StoredInstance): string {
  if (parametersApplying || parametersStale) return 'applying';
  return pendingReboot ? 'pending-reboot' : 'in-sync';
}
