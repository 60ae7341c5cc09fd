import { escapeIdentifier, escapeLiteral } from 'pg';
import type { DatabaseSpecification } from './contract.ts';
import type { PostgresServer } from './server.ts';
import { replicationUser } from './session.ts';

/**
 * The roles that an RDS for PostgreSQL instance has from the start, and the database of its DBName. The master
 * user is no superuser: it may create roles and databases and is a member of rds_superuser
 * (RDS User Guide, "Understanding the rds_superuser role").
 */
export async function createRoles(
  server: PostgresServer,
  { databaseName, masterUsername, masterPassword }: RolesSpecification,
  { replicationPassword, signal }: { replicationPassword: string; signal: AbortSignal },
): Promise<void> {
  await using session = await server.session(signal);
  const master = escapeIdentifier(masterUsername);
  for (const statement of [
    `create role ${replicationUser} login replication password ${escapeLiteral(replicationPassword)}`,
    'create role rds_superuser nologin',
    `grant ${superuserGrants.join(', ')} to rds_superuser with admin option`,
    ...['rds_replication', 'rds_iam', 'rds_password'].map((role) => `create role ${role} nologin`),
    // Who may give a role to others need not have it: the master user goes on with its password.
    'grant rds_iam to rds_superuser with admin true, inherit false, set false',
    `create role ${master} login createdb createrole password ${escapeLiteral(masterPassword)} valid until 'infinity'`,
    `grant rds_superuser to ${master}`,
    ...(databaseName && databaseName !== 'postgres'
      ? [`create database ${escapeIdentifier(databaseName)} owner ${master}`]
      : []),
  ]) {
    await session.query(statement);
  }
}

type RolesSpecification = Pick<DatabaseSpecification, 'databaseName' | 'masterUsername' | 'masterPassword'>;

/** It waits for the standby as a client's write does: a failover must not bring the old password back. */
export async function setPassword(
  server: PostgresServer,
  user: string,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  await using session = await server.session(signal);
  await session.query('set synchronous_commit = on');
  await session.query(`alter role ${escapeIdentifier(user)} password ${escapeLiteral(password)}`);
}

const superuserGrants = [
  'pg_monitor',
  'pg_signal_backend',
  'pg_checkpoint',
  'pg_use_reserved_connections',
  'pg_create_subscription',
  'pg_maintain',
];
