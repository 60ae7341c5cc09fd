import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkBody, decodeAwsChunked } from './aws-chunked.ts';
import type { WireRequest } from './wire.ts';

function chunkedRequest(parts: readonly Uint8Array[], trailer = ''): WireRequest {
  const chunks = parts.flatMap((part) => [
    Buffer.from(`${part.byteLength.toString(16)};chunk-signature=x\r\n`),
    Buffer.from(part),
    Buffer.from('\r\n'),
  ]);
  return {
    method: 'PUT',
    path: '/bucket/key',
    query: new URLSearchParams(),
    headers: {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'content-encoding': 'aws-chunked,gzip',
      'x-amz-decoded-content-length': String(Buffer.concat(parts).byteLength),
    },
    body: new Uint8Array(Buffer.concat([...chunks, Buffer.from(`0\r\n${trailer}\r\n`)])),
  };
}

test('chunks of any bytes are joined, the trailer becomes a header', () => {
  const parts = fc.array(fc.uint8Array({ minLength: 1 }), { maxLength: 5 });
  fc.assert(
    fc.property(parts, (given) => {
      const decoded = decodeAwsChunked(chunkedRequest(given, 'x-amz-checksum-crc32:AAAA\r\n'));
      expect(Buffer.from(decoded.body).equals(Buffer.concat(given))).toBe(true);
      expect(decoded.headers).toMatchObject({ 'x-amz-checksum-crc32': 'AAAA', 'content-encoding': 'gzip' });
    }),
  );
});

test('a short or broken body is refused', () => {
  const request = chunkedRequest([new Uint8Array(8)]);
  const cut = { ...request, body: request.body.subarray(0, 12) };
  expect(() => decodeAwsChunked(cut)).toThrow('malformed');
  const less = { ...request, headers: { ...request.headers, 'x-amz-decoded-content-length': '9' } };
  expect(() => decodeAwsChunked(less)).toThrow('number of bytes');
});

test('a checksum must be right, and one that we cannot compute is not taken on trust', () => {
  const body = Buffer.from('body');
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  const withHeader = (name: string, value: string): WireRequest => ({
    ...chunkedRequest([]),
    body,
    headers: { [name]: value },
  });
  checkBody(withHeader('x-amz-checksum-crc32', sum.toString('base64')));
  expect(() => checkBody(withHeader('x-amz-checksum-crc32', 'AAAAAA=='))).toThrow('did not match');
  expect(() => checkBody(withHeader('content-md5', 'AAAA'))).toThrow('did not match');
  expect(() => checkBody(withHeader('x-amz-checksum-crc64nvme', 'AAAA'))).toThrow('not implemented');
});
