import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { BodySink, BodySource } from './answer.ts';
import { normalEncoding } from './cache-key.ts';
import type { Exchange } from './exchange.ts';
import { firstHeader, type HeaderList, withHeaders, withoutHeaders } from './headers.ts';
import type { OriginResponse } from './origin-request.ts';

/** The response compressed, where CloudFront would: "Serve compressed files". */
export function compressed(exchange: Exchange, response: OriginResponse): OriginResponse {
  const coding = codingFor(exchange, response);
  if (!coding) return response;
  const headers = withoutHeaders(response.headers, new Set(['content-length']));
  const set: [string, string][] = [
    ['content-encoding', coding],
    ['vary', varying(firstHeader(headers, 'vary'))],
  ];
  const etag = firstHeader(headers, 'etag');
  if (etag?.startsWith('"')) set.push(['etag', `W/${etag}`]);
  return { ...response, headers: withHeaders(headers, set), body: encoded(response.body, coding) };
}

function codingFor(
  { behaviour, viewer, method }: Exchange,
  { status, headers }: OriginResponse,
): 'br' | 'gzip' | undefined {
  if (!behaviour.compress || method !== 'GET' || !compressedStatuses.has(status)) return undefined;
  if (firstHeader(headers, 'content-encoding') !== undefined || !hasCompressibleSize(headers))
    return undefined;
  const type = firstHeader(headers, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!compressedTypes.has(type)) return undefined;
  const accepted = normalEncoding(viewer.header('accept-encoding'), behaviour.policies.key);
  if (accepted.startsWith('br')) return 'br';
  return accepted === 'gzip' ? 'gzip' : undefined;
}

const compressedStatuses: ReadonlySet<number> = new Set([200, 403, 404]);

function hasCompressibleSize(headers: HeaderList): boolean {
  const bytes = Number(firstHeader(headers, 'content-length') ?? 0);
  return bytes >= 1_000 && bytes <= 10_000_000;
}

/** "File types that CloudFront compresses". */
const compressedTypes: ReadonlySet<string> = new Set([
  'application/dash+xml',
  'application/eot',
  'application/font',
  'application/font-sfnt',
  'application/javascript',
  'application/json',
  'application/opentype',
  'application/otf',
  'application/pdf',
  'application/pkcs7-mime',
  'application/protobuf',
  'application/rss+xml',
  'application/truetype',
  'application/ttf',
  'application/vnd.apple.mpegurl',
  'application/vnd.mapbox-vector-tile',
  'application/vnd.ms-fontobject',
  'application/wasm',
  'application/x-font-opentype',
  'application/x-font-truetype',
  'application/x-font-ttf',
  'application/x-httpd-cgi',
  'application/x-javascript',
  'application/x-mpegurl',
  'application/x-opentype',
  'application/x-otf',
  'application/x-perl',
  'application/x-ttf',
  'application/xhtml+xml',
  'application/xml',
  'application/xml+rss',
  'font/eot',
  'font/opentype',
  'font/otf',
  'font/ttf',
  'image/svg+xml',
  'text/css',
  'text/csv',
  'text/html',
  'text/javascript',
  'text/js',
  'text/plain',
  'text/richtext',
  'text/tab-separated-values',
  'text/xml',
  'text/x-component',
  'text/x-java-source',
  'text/x-script',
  'vnd.apple.mpegurl',
]);

function varying(vary: string | undefined): string {
  if (vary === undefined) return 'Accept-Encoding';
  return /accept-encoding|\*/i.test(vary) ? vary : `${vary}, Accept-Encoding`;
}

function encoded(source: BodySource, coding: 'br' | 'gzip'): BodySource {
  const encoder =
    coding === 'gzip'
      ? createGzip()
      : createBrotliCompress({
          params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MIN_QUALITY + 5 },
        });
  encoder.pause();
  const start = (sink: BodySink): void => {
    encoder.on('data', (chunk: Buffer) => {
      if (!sink.data(chunk)) encoder.pause();
    });
    encoder.once('end', () => sink.end());
    encoder.once('error', (error) => sink.failed(error));
    encoder.on('drain', () => source.resume());
    source.start({
      data: (chunk) => encoder.write(chunk),
      end: () => encoder.end(),
      failed: (error) => encoder.destroy(error),
    });
    encoder.resume();
  };
  const abort = (): void => {
    encoder.destroy();
    source.abort();
  };
  return { start, resume: () => encoder.resume(), abort };
}
