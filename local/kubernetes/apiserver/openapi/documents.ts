import { createHash } from 'node:crypto';
import { apiVersionOf, servedResources } from '../resources.ts';
import type { Schema } from '../types.ts';
import { schemas } from '../types.ts';
import { pathsOf } from './paths.ts';

const info = { title: 'Kubernetes', version: '1.33' };
const bearer = {
  type: 'apiKey',
  description: 'Bearer Token authentication',
  name: 'authorization',
  in: 'header',
};

/** `/openapi/v3`: which documents there are. The hash lets a client keep one as long as it is the same. */
export function openApiIndex(): object {
  index ??= buildIndex();
  return index;
}

let index: object | undefined;

function buildIndex(): object {
  const paths = [...groupVersions().keys()].map((path) => {
    const hash = createHash('sha512')
      .update(JSON.stringify(openApiV3(path)))
      .digest('hex')
      .toUpperCase();
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const;
  });
  return { paths: Object.fromEntries(paths) };
}

const documents = new Map<string, object>();

/** `/openapi/v3/apis/apps/v1`: the paths of one group version, and the schemas that they reach. */
export function openApiV3(path: string): object | undefined {
  const found = groupVersions().get(path);
  if (!found) return undefined;
  const document = documents.get(path) ?? buildV3(found);
  documents.set(path, document);
  return document;
}

/** `/openapi/v2`: everything in one document, in the older dialect. */
export function openApiV2(): object {
  const text = JSON.stringify(schemas).replaceAll('#/components/schemas/', '#/definitions/');
  const definitions = JSON.parse(text, flattenReferences) as Record<string, Schema>;
  return {
    swagger: '2.0',
    info: { ...info, version: 'v1.33.13' },
    paths: {},
    definitions,
    securityDefinitions: { BearerToken: bearer },
    security: [{ BearerToken: [] }],
  };
}

function groupVersions(): Map<string, { group: string; version: string }> {
  return new Map(
    servedResources.map(({ group, version }) => [
      `${group ? 'apis' : 'api'}/${apiVersionOf({ group, version })}`,
      { group, version },
    ]),
  );
}

function buildV3(groupVersion: { group: string; version: string }): object {
  const paths = pathsOf(groupVersion);
  return {
    openapi: '3.0.0',
    info,
    paths,
    components: { schemas: reachableFrom(JSON.stringify(paths)), securitySchemes: { BearerToken: bearer } },
  };
}

function reachableFrom(text: string): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const queue = namesIn(text);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const schema = schemas[name];
    if (found[name] || !schema) continue;
    found[name] = schema;
    queue.push(...namesIn(JSON.stringify(schema)));
  }
  return found;
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] ?? '');
}

/** Version 2 has no `allOf` around a reference, and no `oneOf`. */
function flattenReferences(key: string, value: unknown): unknown {
  if (key === 'oneOf') return undefined;
  const { allOf, ...rest } = (value ?? {}) as Schema;
  return allOf?.length === 1 ? { ...rest, ...allOf[0] } : value;
}
