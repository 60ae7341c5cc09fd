import { expect, test } from 'vitest';
import type { ServerSettings } from './settings.ts';
import { pgHbaConf, postgresqlConf } from './settings.ts';

const plain: ServerSettings = {
  address: '127.20.3.1',
  port: 5432,
  socketDirectory: '/data/s1',
  parameters: {},
  replication: true,
  durable: true,
  admitsClients: true,
};

test('values are quoted, and what the plane decides stands once and last', () => {
  const text = postgresqlConf({
    ...plain,
    parameters: { search_path: `it's \\ here`, max_connections: '7' },
  });
  expect(text).toContain(`search_path = 'it''s \\\\ here'\n`);
  expect(text.match(/^max_connections = .*$/gm)).toEqual([`max_connections = '7'`]);
  expect(text).toContain(`synchronous_standby_names = ''\n`);
});

test('a password with quotes survives both quotings of primary_conninfo', () => {
  const text = postgresqlConf({ ...plain, follows: { slot: 's', connection: { password: `a'b\\c` } } });
  expect(text).toContain(`primary_conninfo = 'password=''a\\\\''b\\\\\\\\c'''`);
});

test.each(['port', 'fsync', 'ssl', 'synchronous_standby_names', 'bad name', 'a\nb'])(
  'the parameter %j is refused',
  (name) => {
    expect(() => postgresqlConf({ ...plain, parameters: { [name]: 'x' } })).toThrow(
      'Cannot set DB parameters',
    );
  },
);

test('rds.force_ssl decides whether a plain connection is admitted', () => {
  expect(pgHbaConf(plain)).not.toContain('hostnossl');
  expect(pgHbaConf({ ...plain, parameters: { 'rds.force_ssl': '0' } })).toContain(
    'hostnossl all all all scram',
  );
});
