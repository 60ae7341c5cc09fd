import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError } from '../service.ts';
import type { WireRequest } from './wire.ts';

/**
 * S3 clients send a body in signed or unsigned chunks, its checksum in a trailer behind it. The handler gets the
 * plain body and the trailer as if it had been a header. Signatures are not checked anywhere in the gateway.
 */
export function decodeAwsChunked(request: WireRequest): WireRequest {
  if (!request.headers['x-amz-content-sha256']?.startsWith('STREAMING-')) return request;
  const { body, trailers } = readChunks(Buffer.from(request.body));
  const declared = request.headers['x-amz-decoded-content-length'];
  if (declared !== undefined && Number(declared) !== body.byteLength) {
    throw new AwsError(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
    );
  }
  const encodings = (request.headers['content-encoding'] ?? '').split(',').map((name) => name.trim());
  const encoding = encodings.filter((name) => name && name !== 'aws-chunked').join(', ');
  const headers = { ...request.headers, ...trailers, 'content-length': String(body.byteLength) };
  delete (headers as Record<string, string>)['content-encoding'];
  return { ...request, body, headers: encoding ? { ...headers, 'content-encoding': encoding } : headers };
}

/** Refuses a body that is not what its checksum headers say. */
export function checkBody({ headers, body }: WireRequest): void {
  const md5 = headers['content-md5'];
  if (md5 !== undefined && hash('md5', body) !== md5) {
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  for (const [algorithm, digest] of Object.entries(digests)) {
    const claimed = headers[`x-amz-checksum-${algorithm}`];
    if (claimed === undefined || claimed === digest(body)) continue;
    throw new AwsError(
      'BadDigest',
      `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
    );
  }
  const unknown = Object.keys(headers).find(
    (name) => name.startsWith('x-amz-checksum-') && !isKnownChecksum(name.slice('x-amz-checksum-'.length)),
  );
  if (unknown)
    throw new AwsError(
      'NotImplemented',
      `A header you provided implies functionality that is not implemented: ${unknown}`,
    );
}

const digests: Readonly<Record<string, (body: Uint8Array) => string>> = {
  crc32: (body) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes.toString('base64');
  },
  sha1: (body) => hash('sha1', body),
  sha256: (body) => hash('sha256', body),
};

/** The checksum that S3 itself computes for an object sent without one would be CRC64NVME; ours is CRC32. */
export function crc32Base64(body: Uint8Array): string {
  return digests.crc32?.(body) ?? '';
}

function isKnownChecksum(name: string): boolean {
  return Object.hasOwn(digests, name) || name === 'mode' || name === 'type';
}

function hash(algorithm: 'md5' | 'sha1' | 'sha256', body: Uint8Array): string {
  return createHash(algorithm).update(body).digest('base64');
}

function readChunks(source: Buffer): { body: Uint8Array; trailers: Record<string, string> } {
  const parts: Buffer[] = [];
  let position = 0;
  for (;;) {
    const header = readLine(source, position);
    const size = /^([0-9a-fA-F]{1,8})(;.*)?$/.exec(header.text)?.[1];
    if (size === undefined) throw malformedChunk();
    position = header.end;
    const length = Number.parseInt(size, 16);
    if (length === 0)
      return { body: new Uint8Array(Buffer.concat(parts)), trailers: readTrailers(source, position) };
    if (position + length > source.length) throw malformedChunk();
    parts.push(source.subarray(position, position + length));
    position = readLine(source, position + length).end;
  }
}

function readTrailers(source: Buffer, from: number): Record<string, string> {
  const trailers: Record<string, string> = {};
  for (const line of source.subarray(from).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (colon > 0 && name.startsWith('x-amz-checksum-')) trailers[name] = line.slice(colon + 1).trim();
  }
  return trailers;
}

function readLine(source: Buffer, from: number): { text: string; end: number } {
  const end = source.indexOf('\r\n', from, 'latin1');
  if (end < 0) throw malformedChunk();
  return { text: source.toString('latin1', from, end), end: end + 2 };
}

function malformedChunk(): AwsError {
  return new AwsError('InvalidRequest', 'The aws-chunked body is malformed.');
}
