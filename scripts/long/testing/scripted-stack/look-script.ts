import type { HttpLook } from '../../../../fixtures/faults/looks.ts';
import { ScriptedError } from './call.ts';
import type { World } from './world.ts';

/** What is seen from outside of a deployment that is well, and of what the world's data says. */
export function lookScript(world: World) {
  return {
    'look http': ([request = {}]: [HttpLook?]) => {
      const { path = '', headers = {} } = request;
      const canary =
        new URLSearchParams(path.split('?')[1]).get('canary') ?? headers.traceparent?.split('-')[1];
      if (canary) world.canaries.add(canary);
      const blocked = blockedPaths.includes(path);
      return {
        answered: true,
        status: blocked ? 403 : 200,
        headers: { server: blocked ? 'CloudFront' : 'hub' },
        body: '',
        latencyMs: 1,
      };
    },
    'look dns': ([name, type = 'A']: [string, string?]) => {
      const text = world.records[name];
      const found = { code: 'NOERROR', authoritative: true, latencyMs: 1 };
      if (type === 'A') return { ...found, answers: addresses.map((data) => ({ name, type, data })) };
      if (text === undefined) return { ...found, code: 'NXDOMAIN', answers: [] };
      return { ...found, answers: [{ name, type, data: text.replaceAll('"', '') }] };
    },
    'look sql': ([text]: [string]) => sql(world, text),
  };
}

const blockedPaths = ['/.env'];
const addresses = ['127.0.2.1', '127.0.2.2', '127.0.2.3'];

function sql(world: World, text: string): readonly Record<string, unknown>[] {
  const { database } = world;
  const grant = /^(grant|revoke) connect .* (?:to|from) (\S+)$/.exec(text);
  if (grant) {
    const [, action, quoted = ''] = grant;
    const role = quoted === 'public' ? 'PUBLIC' : quoted.replaceAll('"', '');
    const others = database.connect.filter((known) => known !== role);
    world.changes++;
    database.connect = action === 'grant' ? [...others, role] : others;
    return [];
  }
  if (database.password !== 'declared') throw new ScriptedError('error', 'wrong password', '28P01');
  if (text.includes('aclexplode')) return database.connect.map((role) => ({ role }));
  if (text.includes('datdba')) return [{ own: true, super: false }];
  if (text.includes('inet_server_addr')) return [{ address: '127.0.3.1', since: '2026-01-01' }];
  return [{ one: 1 }];
}
