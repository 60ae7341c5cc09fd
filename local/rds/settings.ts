import { DatabasePlaneError } from './contract.ts';
import { replicationUser, superuser } from './session.ts';

export interface ServerSettings {
  readonly address: string;
  readonly port: number;
  readonly socketDirectory: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The name of the standby that commits wait for; absent: they do not wait. */
  readonly synchronousStandby?: string;
  /** In place of it: standbys of which commits wait for any one. While there are none they wait until there is one. */
  readonly quorum?: readonly string[];
  /** A standby that takes sessions, which can only read. */
  readonly hotStandby?: boolean;
  /** Set on a standby: whom it follows. */
  readonly follows?: { readonly slot: string; readonly connection: Readonly<Record<string, string>> };
  /** The command that archives a segment; absent: automated backups are off. */
  readonly archiveCommand?: string;
  /** Set while a server becomes what its origin was. */
  readonly recovery?: Readonly<Record<string, string>>;
  /** False only under the defect `asynchronous-standby`: no standby may connect. */
  readonly replication: boolean;
  /** False only under the defect `commits-before-durable`. */
  readonly durable: boolean;
  /** False on a standby, and after its promotion until it is the primary. */
  readonly admitsClients: boolean;
}

/** postgresql.conf. The instance's parameters come first: what the plane decides stands below and wins. */
export function postgresqlConf(settings: ServerSettings): string {
  const { parameters, follows } = settings;
  const standby = follows && {
    primary_conninfo: connectionString(follows.connection),
    primary_slot_name: follows.slot,
  };
  const lines = Object.entries({
    ...smallMachine,
    ...checked(parameters),
    ...fixed,
    ...(settings.durable ? {} : beforeDurable),
    listen_addresses: settings.address,
    port: String(settings.port),
    unix_socket_directories: settings.socketDirectory,
    ssl_cert_file: `${settings.socketDirectory}/server.crt`,
    ssl_key_file: `${settings.socketDirectory}/server.key`,
    synchronous_standby_names: synchronousStandbyNames(settings),
    hot_standby: settings.hotStandby ? 'on' : 'off',
    ...standby,
    // Turning archive_mode off takes a restart; a command that does nothing is as good (PostgreSQL manual §25.3.1).
    archive_command: settings.archiveCommand ?? '/bin/true',
    ...settings.recovery,
  });
  return `${lines.map(([name, value]) => `${name} = ${quoted(value)}`).join('\n')}\n`;
}

/** A server's answer to `show synchronous_standby_names` is this very text. */
export function synchronousStandbyNames({
  synchronousStandby,
  quorum,
}: Pick<ServerSettings, 'synchronousStandby' | 'quorum'>): string {
  if (quorum) {
    // No standby is ever called so.
    const names = quorum.length > 0 ? quorum : ['awaited'];
    return `ANY 1 (${names.map((name) => `"${name}"`).join(', ')})`;
  }
  return synchronousStandby === undefined ? '' : `FIRST 1 ("${synchronousStandby}")`;
}

/** pg_hba.conf: scram only, `hostssl` alone when rds.force_ssl is on (its default from PostgreSQL 15), and nobody as RDS's own users. */
export function pgHbaConf({ parameters, replication, admitsClients }: ServerSettings): string {
  const forceSsl = (parameters['rds.force_ssl'] ?? '1') !== '0';
  if (!admitsClients) return `local all ${superuser} trust\nlocal all all reject\nhost all all all reject\n`;
  return [
    `local all ${superuser} trust`,
    // Whoever comes here has shown a token already (iam/front.ts): the socket is the plane's own.
    'local all +rds_iam trust',
    'local all all reject',
    ...(replication ? [`hostssl replication ${replicationUser} 127.0.0.0/8 scram-sha-256`] : []),
    'host replication all all reject',
    `host all ${superuser},${replicationUser} all reject`,
    'hostssl all all all scram-sha-256',
    ...(forceSsl ? [] : ['hostnossl all all all scram-sha-256']),
    '',
  ].join('\n');
}

/** Two servers beside a whole stack on two cores. RDS derives these from the instance class. */
const smallMachine = {
  max_connections: '100',
  shared_buffers: '16MB',
  max_wal_size: '256MB',
  // A segment of 16 MB is switched every five minutes of the stack's, and stays until the next checkpoint.
  min_wal_size: '32MB',
  checkpoint_timeout: '60s',
  huge_pages: 'off',
  // Worker processes for asynchronous reads would triple the number of processes for nothing here.
  io_method: 'sync',
  max_logical_replication_workers: '0',
  timezone: 'UTC',
  synchronous_commit: 'on',
  'rds.force_ssl': '1',
} as const;

/** Not modifiable in an RDS parameter group either; durability rests on them. */
const fixed = {
  fsync: 'on',
  full_page_writes: 'on',
  wal_level: 'replica',
  // The standby archives too: segments that the primary had no time to archive come from it after its promotion.
  archive_mode: 'always',
  max_wal_senders: '8',
  max_replication_slots: '8',
  wal_receiver_status_interval: '1s',
  wal_retrieve_retry_interval: '200ms',
  // In the data directory, so that a killed server leaves no segment behind in /dev/shm.
  dynamic_shared_memory_type: 'mmap',
  unix_socket_permissions: '0700',
  password_encryption: 'scram-sha-256',
  ssl: 'on',
  ssl_min_protocol_version: 'TLSv1.2',
  log_line_prefix: '%m:%r:%u@%d:[%p]:',
  restart_after_crash: 'on',
} as const;

/**
 * `synchronous_commit` is what loses writes: WAL that the server has not written ends with its processes, and the
 * standby is sent only what is. `fsync` alone would take a host that loses its page cache. The writer behind it comes
 * by seldom enough that the end of a server always finds something.
 */
const beforeDurable = {
  synchronous_commit: 'off',
  fsync: 'off',
  wal_writer_delay: '2s',
  wal_writer_flush_after: '256MB',
} as const;

const owned = new Set([
  ...Object.keys(fixed),
  'listen_addresses',
  'port',
  'unix_socket_directories',
  'ssl_cert_file',
  'ssl_key_file',
  'synchronous_standby_names',
  'hot_standby',
  'primary_conninfo',
  'primary_slot_name',
  'archive_command',
  'restore_command',
  'recovery_target',
  'recovery_target_time',
  'recovery_target_timeline',
  'recovery_target_action',
  'data_directory',
  'config_file',
  'hba_file',
  'ident_file',
  'external_pid_file',
]);

function checked(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const problems = Object.entries(parameters).flatMap(([name, value]) => {
    if (!/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/.test(name)) return [`"${name}" is not a parameter name`];
    if (owned.has(name)) return [`"${name}" is not modifiable`];
    if (/[\n\r\0]/.test(value)) return [`the value of "${name}" has a line break`];
    return [];
  });
  if (problems.length === 0) return parameters;
  throw new DatabasePlaneError('InvalidParameter', `Cannot set DB parameters: ${problems.join('; ')}`);
}

function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** libpq's keyword/value form, each value quoted. */
function connectionString(connection: Readonly<Record<string, string>>): string {
  const quote = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return Object.entries(connection)
    .map(([keyword, value]) => `${keyword}=${quote(value)}`)
    .join(' ');
}
