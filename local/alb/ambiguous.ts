import { type RequestHead, valuesOf } from './request-head.ts';

/**
 * What a parser let through and two servers might read in two ways. ALB's defensive mode (ELB User Guide, "Desync
 * mitigation mode") refuses `severe` and closes both connections after `ambiguous`. Two lengths, a length with an
 * encoding, bare line ends and blanks in names never get here: Node's parser refuses them.
 */
export function ambiguity(request: RequestHead, hasBody: boolean): 'severe' | 'ambiguous' | undefined {
  const encodings = valuesOf(request, 'transfer-encoding');
  if (encodings.length > 1 || encodings.some((value) => value.trim().toLowerCase() !== 'chunked')) {
    return 'severe';
  }
  if (encodings.length > 0 && valuesOf(request, 'content-length').length > 0) return 'severe';
  if (valuesOf(request, 'host').length !== 1 && request.httpVersion !== '1.0') return 'severe';
  if (request.httpVersion === '1.0' && encodings.length > 0) return 'severe';
  if (/[\0\s]/.test(request.path)) return 'severe';
  return hasBody && bodyless.has(request.method) ? 'ambiguous' : undefined;
}

const bodyless = new Set(['GET', 'HEAD']);
