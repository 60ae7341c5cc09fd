import type { IncomingMessage } from 'node:http';
import { statusError } from '../status.ts';

export interface MediaType {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** How the answer is to be written, and as what: a Table, metadata alone, aggregated discovery. */
export interface Accepted {
  readonly format: 'json' | 'yaml';
  readonly as: string | undefined;
  readonly version: string | undefined;
}

const protobuf = 'application/vnd.kubernetes.protobuf';
const accepted = ['application/json', 'application/yaml', protobuf];

/** The first thing of `Accept` that we can do; 406 when there is none. We write no protobuf. */
export function negotiate(request: IncomingMessage, transforms: readonly string[]): Accepted {
  const header = request.headers.accept ?? '*/*';
  for (const { type, parameters } of header.split(',').map(parseMediaType)) {
    const { as, v: version } = parameters;
    const format = formatOf(type);
    if (format && (as === undefined || transforms.includes(as))) return { format, as, version };
  }
  throw statusError(
    406,
    'NotAcceptable',
    `only the following media types are accepted: ${accepted.slice(0, 2).join(', ')}`,
  );
}

export function parseMediaType(text: string): MediaType {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = rest.map((part) => {
    const [name = '', value = ''] = part.split('=');
    return [name, value] as const;
  });
  return { type: type.toLowerCase(), parameters: Object.fromEntries(parameters) };
}

function formatOf(type: string): 'json' | 'yaml' | undefined {
  if (['application/json', '*/*', 'application/*', ''].includes(type)) return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}
