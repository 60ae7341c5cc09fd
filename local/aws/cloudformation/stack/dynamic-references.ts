import type { GetParameterCommandOutput } from '@aws-sdk/client-ssm';
import type { Properties, ResourceType } from '../resources/resource-type.ts';
import { invalid, isRecord } from '../template/template.ts';
import type { Engine } from './engine.ts';

/**
 * Replaces `{{resolve:ssm:name[:version]}}` and `{{resolve:ssm-secure:…}}` by what the parameter holds, at the moment
 * a resource is made (User Guide, Dynamic references). Secure ones may stand only where the type says so.
 */
export async function resolveDynamicReferences(
  engine: Engine,
  type: ResourceType,
  properties: Properties,
): Promise<Properties> {
  const entries = Object.entries(properties).map(async ([name, value]): Promise<[string, unknown]> => {
    const secure = type.secure?.includes(name) ?? false;
    return [name, await resolve(engine, value, { secure, place: `${type.type}/Properties/${name}` })];
  });
  return Object.fromEntries(await Promise.all(entries));
}

interface Place {
  readonly secure: boolean;
  readonly place: string;
}

async function resolve(engine: Engine, value: unknown, place: Place): Promise<unknown> {
  if (typeof value === 'string') return resolveText(engine, value, place);
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolve(engine, item, place)));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(
    async ([key, item]): Promise<[string, unknown]> => [key, await resolve(engine, item, place)],
  );
  return Object.fromEntries(await Promise.all(entries));
}

const pattern = /\{\{resolve:([a-z-]+):([^}]*)\}\}/g;

async function resolveText(engine: Engine, text: string, { secure, place }: Place): Promise<string> {
  let resolved = '';
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const [whole, service, name = ''] = match;
    if (service === 'ssm-secure' && !secure)
      throw invalid(`SSM Secure reference is not supported in: [${place}]`);
    if (service !== 'ssm' && service !== 'ssm-secure')
      throw invalid(`Could not parse SecretsManager or SSM reference ${whole}`);
    resolved += text.slice(end, match.index) + (await readParameter(engine, name, service === 'ssm-secure'));
    end = match.index + whole.length;
  }
  return resolved + text.slice(end);
}

export async function readParameter(engine: Engine, name: string, secure: boolean): Promise<string> {
  const { Parameter } = (await engine.call('ssm', 'GetParameter', {
    Name: name,
    WithDecryption: secure,
  })) as GetParameterCommandOutput;
  if (!secure && Parameter?.Type === 'SecureString')
    throw invalid(`SSM parameter ${name} is a SecureString, which {{resolve:ssm:…}} cannot read`);
  return Parameter?.Value ?? '';
}
