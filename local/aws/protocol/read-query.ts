import { InvalidInput } from './invalid-input.ts';
import { readScalar } from './scalar.ts';
import { membersOf, type Shape, setOwn } from './shape.ts';

/** `Filters.member.1.Name=x` as a tree of the key's parts. */
interface QueryNode {
  value?: string;
  readonly children: Map<string, QueryNode>;
  /** Some shape took this node's own value or looked below it. */
  taken: boolean;
}

/** ec2Query names members and flattens lists in its own way, and refuses parameters that it does not know. */
export type QueryDialect = 'query' | 'ec2';

export function readQuery(
  shape: Shape,
  parameters: Iterable<[string, string]>,
  dialect: QueryDialect,
): object {
  const root = newNode();
  for (const [key, value] of parameters) {
    if (key !== 'Action' && key !== 'Version' && !key.startsWith('X-Amz-')) plant(root, key, value);
  }
  const input = (readNode(shape, root, '', dialect) ?? {}) as object;
  if (dialect === 'ec2') refuseUnknown(root, '');
  return input;
}

function readNode(shape: Shape, node: QueryNode, at: string, dialect: QueryDialect): unknown {
  node.taken = true;
  if (shape.isUnitSchema()) return {};
  if (shape.isStructSchema()) return readStructure(shape, node, at, dialect);
  if (shape.isListSchema()) return readList(shape, node, at, dialect);
  if (shape.isMapSchema()) return readMap(shape, node, at, dialect);
  if (node.value === undefined)
    throw new InvalidInput('type', `Expected a value for parameter ${at}, got a structure`);
  return readScalar(shape, node.value, at, 'date-time');
}

function readStructure(shape: Shape, node: QueryNode, at: string, dialect: QueryDialect): object {
  const out = {};
  for (const [name, member] of membersOf(shape)) {
    const key = memberKey(name, member, dialect);
    const child = node.children.get(key);
    if (child) setOwn(out, name, readNode(member, child, join(at, key), dialect));
  }
  return out;
}

function memberKey(name: string, member: Shape, dialect: QueryDialect): string {
  const { xmlName, ec2QueryName } = member.getMemberTraits();
  if (dialect === 'query') return xmlName ?? name;
  if (typeof ec2QueryName === 'string') return ec2QueryName;
  const key = xmlName ?? name;
  return key.charAt(0).toUpperCase() + key.slice(1);
}

/** Query services take `.member.N` as well as the item's own name: RDS documents `Filters.Filter.N`. */
function readList(shape: Shape, node: QueryNode, at: string, dialect: QueryDialect): unknown[] {
  const item = shape.getValueSchema();
  const flat = dialect === 'ec2' || shape.getMergedTraits().xmlFlattened;
  const names = flat ? [undefined] : [...new Set([item.getMergedTraits().xmlName ?? 'member', 'member'])];
  return names.flatMap((name) => {
    const parent = name === undefined ? node : node.children.get(name);
    const path = name === undefined ? at : join(at, name);
    return parent ? numbered(parent).map(([n, child]) => readNode(item, child, join(path, n), dialect)) : [];
  });
}

function readMap(shape: Shape, node: QueryNode, at: string, dialect: QueryDialect): object {
  const parent = shape.getMergedTraits().xmlFlattened ? node : node.children.get('entry');
  const item = shape.getValueSchema();
  const keyName = shape.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const valueName = item.getMergedTraits().xmlName ?? 'value';
  const out = {};
  for (const [n, entry] of parent ? numbered(parent) : []) {
    const key = entry.children.get(keyName)?.value;
    const value = entry.children.get(valueName);
    if (key === undefined || !value)
      throw new InvalidInput('type', `Expected a key and a value at ${join(at, n)}`);
    setOwn(out, key, readNode(item, value, join(at, n), dialect));
  }
  return out;
}

function numbered(node: QueryNode): [string, QueryNode][] {
  node.taken = true;
  return [...node.children]
    .filter(([key]) => /^\d{1,9}$/.test(key))
    .sort(([a], [b]) => Number(a) - Number(b));
}

const maxKeyParts = 60;

function plant(root: QueryNode, key: string, value: string): void {
  const parts = key.split('.');
  if (parts.length > maxKeyParts)
    throw new InvalidInput('malformed', `Parameter name is too deep: ${key.slice(0, 100)}`);
  let node = root;
  for (const part of parts) {
    const child = node.children.get(part) ?? newNode();
    node.children.set(part, child);
    node = child;
  }
  node.value = value;
}

function newNode(): QueryNode {
  return { children: new Map(), taken: false };
}

function refuseUnknown(node: QueryNode, at: string): void {
  for (const [key, child] of node.children) {
    if (!child.taken) throw new InvalidInput('unknown', `The parameter ${join(at, key)} is not recognized`);
    refuseUnknown(child, join(at, key));
  }
}

function join(at: string, name: string): string {
  return at ? `${at}.${name}` : name;
}
