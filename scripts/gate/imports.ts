import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';

/** Which room may import which (design §3). `own` is the importing plane or room itself. */
const table: Record<string, readonly string[]> = {
  'local/base': ['local/base'],
  'local/plane': ['local/base', 'own'],
  'local/compose': ['local/base', 'local/plane', 'local/compose'],
  provisioning: ['local/base', 'provisioning', 'provisioning/contract', 'provisioning/embedded', 'reports'],
  'provisioning/contract': ['local/base', 'provisioning', 'provisioning/contract', 'reports'],
  'provisioning/embedded': [
    'local/base',
    'local/compose',
    'provisioning',
    'provisioning/contract',
    'provisioning/embedded',
    'reports',
  ],
  fixtures: ['local/base', 'fixtures', 'provisioning/contract', 'provisioning', 'reports'],
  'fixtures/workload': ['fixtures/workload'],
  suites: ['fixtures', 'provisioning/contract', 'local/base'],
  'suites/list': ['suites', 'suites/list', 'fixtures'],
  reports: ['reports'],
};

/** What the descriptor, the clients and the deployment's types are: the part of provisioning that others may see. */
const contract = /^provisioning\/(stack|attach|control|stack-error)\.ts$|^provisioning\/deployment\//;

interface Room {
  readonly row: string;
  /** The plane, or the room: what `own` means. */
  readonly own: string;
}

/** Every import against the table, one line each; empty when the house is in order. */
export function importViolations(root: string): readonly string[] {
  const files = globSync('{local,provisioning,fixtures,suites,reports}/**/*.ts', { cwd: root });
  return files.flatMap((file) => violationsOf(file, readFileSync(join(root, file), 'utf8')));
}

export function violationsOf(file: string, source: string): readonly string[] {
  const from = roomOf(file);
  return [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].flatMap(
    ([, specifier = '']) => {
      const target = normalize(join(dirname(file), specifier))
        .split(sep)
        .join('/');
      const to = roomOf(target);
      if (allowed(from, to)) return [];
      return [
        `Cannot import ${target} from ${file}: ${from.own} may import ${(table[from.row] ?? []).join(', ')}`,
      ];
    },
  );
}

function allowed(from: Room, to: Room): boolean {
  const row = table[from.row];
  if (!row) return true;
  return row.includes(to.row) || (row.includes('own') && from.own === to.own);
}

function roomOf(file: string): Room {
  const [top = '', second = ''] = file.split('/');
  if (file.startsWith('local/base/')) return { row: 'local/base', own: 'local/base' };
  if (/^local\/(compose|[a-z-]+\.ts)/.test(file)) return { row: 'local/compose', own: 'local/compose' };
  if (top === 'local') return { row: 'local/plane', own: `local/${second}` };
  if (contract.test(file)) return { row: 'provisioning/contract', own: 'provisioning' };
  if (file.startsWith('provisioning/embedded/'))
    return { row: 'provisioning/embedded', own: 'provisioning/embedded' };
  if (file.startsWith('fixtures/workload/')) return { row: 'fixtures/workload', own: 'fixtures/workload' };
  if (/^suites\/[a-z-]+\.ts$/.test(file)) return { row: 'suites/list', own: 'suites' };
  if (top === 'suites') return { row: 'suites', own: file };
  return { row: top, own: top };
}
