/**
 * Cuts `field-numbers.json` out of Kubernetes' `generated.proto` files (Apache-2.0): the protobuf numbers of the fields
 * that `schemas.json` has. kubectl's typed clients send protobuf. The folder holds the tag v0.33.13 of both
 * repositories as `k8s.io/api/…` and `k8s.io/apimachinery/…`.
 *
 *     node local/kubernetes/openapi/cut-field-numbers.ts <folder>
 *
 * A field that Go embeds is no field in JSON: it stands as `[number, message]`, and its own fields belong to the parent.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

type Numbers = Record<string, number | [number, string]>;
interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: string;
}

const folder = process.argv[2];
if (!folder) throw new TypeError('Cannot cut: expected the folder of the proto files as the only argument');
const schemas = JSON.parse(readFileSync(join(import.meta.dirname, 'schemas.json'), 'utf8')) as Record<
  string,
  { properties?: object }
>;

const messages = new Map<string, readonly Field[]>();
for (const file of globSync('**/generated.proto', { cwd: folder })) readMessages(file);

const cut: Record<string, Numbers> = {};
for (const [name, { properties }] of Object.entries(schemas)) {
  const fields = messages.get(name);
  if (fields && properties) cut[name] = numbersOf(fields, properties);
}
const lines = Object.keys(cut)
  .sort()
  .map((name) => `${JSON.stringify(name)}:${JSON.stringify(cut[name])}`);
writeFileSync(join(import.meta.dirname, 'field-numbers.json'), `{\n${lines.join(',\n')}\n}\n`);

/** `k8s.io/api/core/v1` is `io.k8s.api.core.v1` in OpenAPI. */
function readMessages(file: string): void {
  const goPackage = dirname(file).replace(/^k8s\.io/, 'io.k8s').replaceAll('/', '.');
  const text = readFileSync(join(folder ?? '', file), 'utf8');
  for (const [, name, body = ''] of text.matchAll(/^message (\w+) \{\n(.*?)^\}/gms)) {
    const fields = [...body.matchAll(/^ {2}(?:optional |repeated )?(map<[^>]+>|[\w.]+) (\w+) = (\d+);/gm)];
    messages.set(
      `${goPackage}.${name}`,
      fields.map(([, type = '', field = '', number]) => ({ name: field, number: Number(number), type: qualify(goPackage, type) })),
    );
  }
}

function qualify(goPackage: string, type: string): string {
  const absolute = type.replace(/^\.?k8s\.io/, 'io.k8s');
  return absolute.includes('.') ? absolute : `${goPackage}.${absolute}`;
}

function numbersOf(fields: readonly Field[], properties: object): Numbers {
  const numbers: Numbers = {};
  for (const { name, number, type } of fields) {
    if (name in properties) numbers[name] = number;
    else if (messages.has(type)) {
      numbers[name] = [number, type];
      cut[type] ??= numbersOf(messages.get(type) ?? [], schemas[type]?.properties ?? properties);
    }
  }
  return numbers;
}
