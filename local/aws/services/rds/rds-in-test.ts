import type { CreateDBInstanceMessage } from '@aws-sdk/client-rds';
import { RDS } from '@aws-sdk/client-rds';
import type { SecretsManagerService } from '../secretsmanager/secretsmanager.ts';
import { createSecretsManagerService } from '../secretsmanager/secretsmanager.ts';
import { serve, until } from '../serve-in-test.ts';
import type { DatabaseSpecification, EngineChange, EngineInstance, EngineRestoreSource } from './engine.ts';
import type { RdsService } from './rds.ts';
import { createRdsService } from './rds.ts';

export const password = 'correct-horse-battery';

/** An engine that is told to do things and says that it did them. */
export async function openRds(speed?: number) {
  const specifications: DatabaseSpecification[] = [];
  const parametersGiven: Record<string, string>[] = [];
  const reboots: boolean[] = [];
  const passwords: string[] = [];
  const changes: EngineChange[] = [];
  let held: Promise<void> | undefined;
  const backups = new Set<string>();
  const restores: EngineRestoreSource[] = [];
  const window = { earliest: new Date('2026-11-20T10:00:00Z'), latest: new Date('2026-11-20T11:00:00.7Z') };
  let told: EngineInstance | undefined;
  let service: RdsService | undefined;
  let secrets: SecretsManagerService | undefined;
  const tell = (change: Partial<EngineInstance>) => {
    told = { identifier: 'hub-db', status: 'creating', ...told, ...change };
    service?.instanceChanged(told);
  };
  const served = await serve(
    (context) => {
      secrets = createSecretsManagerService(context);
      service = createRdsService(context, {
        vpcOfSecurityGroup: (id) => (id.startsWith('sg-') ? 'vpc-1' : undefined),
        defaultSecurityGroup: () => 'sg-default',
        secrets: secrets.managed,
        subnets: (ids) =>
          ['a', 'b', 'c']
            .map((zone) => ({ subnetId: `subnet-${zone}`, vpcId: 'vpc-1', zone: `us-east-1${zone}` }))
            .filter(({ subnetId }) => ids.includes(subnetId)),
        engine: {
          create: async (specification) => {
            specifications.push(specification);
            const [zone, secondaryZone] = specification.zones;
            await context.clock.sleep(5000);
            tell({ status: 'available', endpointAddress: '127.20.3.1', primary: { zone }, secondaryZone });
          },
          reboot: async (_, { forceFailover }) => {
            reboots.push(forceFailover);
            tell({ status: 'rebooting' });
          },
          modifyParameters: async (_, parameters) => {
            parametersGiven.push(parameters);
            return { pendingReboot: 'max_connections' in parameters ? ['max_connections'] : [] };
          },
          setMasterPassword: async (_, changed) => {
            await held;
            if (changed === 'refused-by-engine') throw new Error('the engine is not there');
            passwords.push(changed);
          },
          stop: async () => tell({ status: 'stopping' }),
          start: async () => tell({ status: 'starting' }),
          modify: async (_, change) => {
            changes.push(change);
            tell({ status: 'modifying' });
            await held;
            tell({ status: 'available' });
          },
          setBackups: async (_, on) => tell({ restorable: on ? window : undefined }),
          backUp: async (_, backup) => {
            await held;
            backups.add(backup);
          },
          dropBackup: async (backup) => void backups.delete(backup),
          restore: async ({ identifier }, from) => {
            restores.push(from);
            await context.clock.sleep(1000);
            if ('time' in from && from.time.getTime() === window.earliest.getTime())
              throw new Error('no WAL');
            service?.instanceChanged({ identifier, status: 'available' });
          },
          delete: async () => {
            told = undefined;
          },
        },
      });
      return service;
    },
    speed,
    () => (secrets ? [secrets] : []),
  );
  const client = new RDS(served.clientConfig);
  const describe = async () => (await client.describeDBInstances({})).DBInstances?.[0];
  return {
    ...served,
    client,
    specifications,
    parametersGiven,
    reboots,
    passwords,
    engineChanges: changes,
    backups,
    restores,
    tell,
    /** The engine does not finish until what this returns is called. */
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    describe,
    [Symbol.asyncDispose]: served[Symbol.asyncDispose],
  };
}

export type ServedRds = Awaited<ReturnType<typeof openRds>>;

/** Two zones, a parameter group and a Multi-AZ instance that is available. */
export async function createInstance(rds: ServedRds, change: Partial<CreateDBInstanceMessage> = {}) {
  await rds.client.createDBSubnetGroup({
    DBSubnetGroupName: 'Private',
    DBSubnetGroupDescription: 'private',
    SubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
  });
  await rds.client.createDBParameterGroup({
    DBParameterGroupName: 'hub',
    DBParameterGroupFamily: 'postgres18',
    Description: 'hub',
  });
  const created = await rds.client.createDBInstance({
    DBInstanceIdentifier: 'Hub-DB',
    Engine: 'postgres',
    EngineVersion: '18.4',
    DBInstanceClass: 'db.m6g.large',
    AllocatedStorage: 20,
    MasterUsername: 'hub',
    MasterUserPassword: password,
    DBName: 'hub',
    MultiAZ: true,
    DBSubnetGroupName: 'private',
    DBParameterGroupName: 'hub',
    DeletionProtection: true,
    ...change,
  });
  await until(rds.clock, rds.describe, (instance) => instance?.DBInstanceStatus === 'available');
  return created.DBInstance;
}
