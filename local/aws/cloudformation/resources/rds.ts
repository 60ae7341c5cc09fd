import type { DBInstance, DescribeDBInstancesCommandOutput } from '@aws-sdk/client-rds';
import {
  CreateDBInstanceMessage$,
  CreateDBSubnetGroupMessage$,
  ModifyDBInstanceMessage$,
} from '@aws-sdk/client-rds';
import { isGone, unlessAbsent } from './absent.ts';
import { toInput } from './input.ts';
import type { Properties, ResourceType, Tools } from './resource-type.ts';
import { NotStabilized } from './resource-type.ts';
import { tagList } from './tags.ts';

export const subnetGroup: ResourceType = {
  type: 'AWS::RDS::DBSubnetGroup',
  properties: {
    DBSubnetGroupName: 'replace',
    DBSubnetGroupDescription: 'update',
    SubnetIds: 'update',
    Tags: 'fixed',
  },
  required: ['DBSubnetGroupDescription', 'SubnetIds'],
  nameProperty: 'DBSubnetGroupName',
  tags: 'list',
  create: async (properties, tools) => {
    const name = String(properties.DBSubnetGroupName ?? tools.name({ maximum: 255 })).toLowerCase();
    const input = toInput<object>(CreateDBSubnetGroupMessage$, { ...properties, DBSubnetGroupName: name });
    await tools.call('rds', 'CreateDBSubnetGroup', input);
    tools.identify(name);
  },
  update: async ({ id, after }, tools) => {
    await tools.call('rds', 'ModifyDBSubnetGroup', {
      DBSubnetGroupName: id,
      DBSubnetGroupDescription: after.DBSubnetGroupDescription,
      SubnetIds: after.SubnetIds,
    });
  },
  delete: (id, tools) => unlessAbsent(tools.call('rds', 'DeleteDBSubnetGroup', { DBSubnetGroupName: id })),
};

export const parameterGroup: ResourceType = {
  type: 'AWS::RDS::DBParameterGroup',
  properties: {
    DBParameterGroupName: 'replace',
    Description: 'replace',
    Family: 'replace',
    Parameters: 'update',
    Tags: 'fixed',
  },
  required: ['Description', 'Family'],
  nameProperty: 'DBParameterGroupName',
  tags: 'list',
  create: async (properties, tools) => {
    const name = String(properties.DBParameterGroupName ?? tools.name({ maximum: 255 })).toLowerCase();
    await tools.call('rds', 'CreateDBParameterGroup', {
      DBParameterGroupName: name,
      DBParameterGroupFamily: properties.Family,
      Description: properties.Description,
      Tags: tagList(properties),
    });
    tools.identify(name);
    await setParameters(name, properties, tools);
  },
  update: async ({ id, before, after }, tools) => {
    const wanted = Object.keys((after.Parameters ?? {}) as object);
    const dropped = Object.keys((before.Parameters ?? {}) as object).filter((name) => !wanted.includes(name));
    if (dropped.length > 0)
      await tools.call('rds', 'ResetDBParameterGroup', {
        DBParameterGroupName: id,
        Parameters: dropped.map((ParameterName) => ({ ParameterName, ApplyMethod: 'pending-reboot' })),
      });
    await setParameters(id, after, tools);
  },
  delete: (id, tools) =>
    unlessAbsent(tools.call('rds', 'DeleteDBParameterGroup', { DBParameterGroupName: id })),
};

/** `pending-reboot` holds for static and dynamic parameters alike. */
async function setParameters(id: string, properties: Properties, tools: Tools): Promise<void> {
  const parameters = Object.entries((properties.Parameters ?? {}) as Record<string, unknown>);
  if (parameters.length === 0) return;
  await tools.call('rds', 'ModifyDBParameterGroup', {
    DBParameterGroupName: id,
    Parameters: parameters.map(([ParameterName, value]) => ({
      ParameterName,
      ParameterValue: String(value),
      ApplyMethod: 'pending-reboot',
    })),
  });
}

export const dbInstance: ResourceType = {
  type: 'AWS::RDS::DBInstance',
  properties: {
    DBInstanceIdentifier: 'replace',
    DBName: 'replace',
    DBSubnetGroupName: 'replace',
    Engine: 'replace',
    KmsKeyId: 'replace',
    MasterUsername: 'replace',
    StorageEncrypted: 'replace',
    Tags: 'fixed',
    AllocatedStorage: 'update',
    AutoMinorVersionUpgrade: 'update',
    BackupRetentionPeriod: 'update',
    CopyTagsToSnapshot: 'update',
    DBInstanceClass: 'update',
    DBParameterGroupName: 'update',
    DeletionProtection: 'update',
    EngineVersion: 'update',
    MasterUserPassword: 'update',
    MultiAZ: 'update',
    Port: 'update',
    PreferredBackupWindow: 'update',
    PreferredMaintenanceWindow: 'update',
    PubliclyAccessible: 'update',
    StorageType: 'update',
    VPCSecurityGroups: 'update',
  },
  nameProperty: 'DBInstanceIdentifier',
  attributes: [
    'DBInstanceArn',
    'DbiResourceId',
    'Endpoint.Address',
    'Endpoint.Port',
    'Endpoint.HostedZoneId',
  ],
  secure: ['MasterUserPassword', 'MasterUsername'],
  deletionPolicy: 'Snapshot',
  tags: 'list',
  create: async (properties, tools) => {
    const name = String(properties.DBInstanceIdentifier ?? tools.name({ maximum: 63 })).toLowerCase();
    const input = toInput<object>(CreateDBInstanceMessage$, {
      ...securityGroups(properties),
      DBInstanceIdentifier: name,
    });
    await tools.call('rds', 'CreateDBInstance', input);
    tools.identify(name);
    await untilAvailable(name, tools);
  },
  read: async (id, tools) => {
    const found = await describe(id, tools);
    return {
      DBInstanceArn: found?.DBInstanceArn,
      DbiResourceId: found?.DbiResourceId,
      'Endpoint.Address': found?.Endpoint?.Address,
      'Endpoint.Port': String(found?.Endpoint?.Port),
      'Endpoint.HostedZoneId': found?.Endpoint?.HostedZoneId,
    };
  },
  update: async ({ id, after, changed }, tools) => {
    const wanted = Object.fromEntries(Object.entries(after).filter(([name]) => changed.has(name)));
    const { Port, ...rest } = securityGroups(wanted);
    await tools.call('rds', 'ModifyDBInstance', {
      ...toInput<object>(ModifyDBInstanceMessage$, {
        ...rest,
        ...(Port === undefined ? {} : { DBPortNumber: Port }),
        DBInstanceIdentifier: id,
      }),
      ApplyImmediately: true,
    });
    await untilAvailable(id, tools);
  },
  delete: async (id, tools) => {
    const last = tools.snapshot
      ? { SkipFinalSnapshot: false, FinalDBSnapshotIdentifier: tools.name({ maximum: 255, lowerCase: true }) }
      : { SkipFinalSnapshot: true };
    if (await isGone(tools.call('rds', 'DeleteDBInstance', { DBInstanceIdentifier: id, ...last }))) return;
    await tools.until(() => isGone(describe(id, tools)));
  },
};

/** CloudFormation says `VPCSecurityGroups` where the API says `VpcSecurityGroupIds`. */
function securityGroups(properties: Properties): Properties {
  const { VPCSecurityGroups, ...rest } = properties;
  return VPCSecurityGroups === undefined ? rest : { ...rest, VpcSecurityGroupIds: VPCSecurityGroups };
}

async function untilAvailable(id: string, tools: Tools): Promise<void> {
  await tools.until(async () => {
    const found = await describe(id, tools);
    if (found?.DBInstanceStatus === 'failed' || found?.DBInstanceStatus?.startsWith('incompatible-'))
      throw new NotStabilized(`DB instance status is ${found.DBInstanceStatus}`);
    return found?.DBInstanceStatus === 'available' && !pending(found);
  });
}

function pending(found: DBInstance): boolean {
  return Object.values(found.PendingModifiedValues ?? {}).some((value) => value !== undefined);
}

async function describe(id: string, tools: Tools): Promise<DBInstance | undefined> {
  const output = await tools.call<DescribeDBInstancesCommandOutput>('rds', 'DescribeDBInstances', {
    DBInstanceIdentifier: id,
  });
  return output.DBInstances?.[0];
}
