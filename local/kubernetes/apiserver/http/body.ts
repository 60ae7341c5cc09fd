import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { decodeProtobuf } from '../protobuf/decode.ts';
import { badRequest, statusError } from '../status.ts';
import { parseMediaType } from './media-types.ts';

/** apiserver, MaxRequestBodyBytes. */
const mostBytes = 3 * 1024 * 1024;

export interface Body {
  readonly contentType: string;
  /** Undefined when the body is empty. */
  readonly value: unknown;
}

/** Reads a JSON, YAML or protobuf body. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const { type } = parseMediaType(request.headers['content-type'] ?? 'application/json');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) {
      throw statusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${mostBytes}`);
    }
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return { contentType: type, value: bytes.length === 0 ? undefined : parseBody(type, bytes) };
}

function parseBody(type: string, bytes: Buffer): unknown {
  if (type === 'application/vnd.kubernetes.protobuf') return decodeProtobuf(bytes);
  const text = bytes.toString('utf8');
  try {
    return type.endsWith('yaml') ? parse(text) : JSON.parse(text);
  } catch (error) {
    throw badRequest(`error decoding the body of the request: ${(error as Error).message}`);
  }
}
