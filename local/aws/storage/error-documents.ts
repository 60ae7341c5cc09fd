import { requestIds } from './object-response.ts';
import type { StorageRequest, StorageResponse } from './storage-request.ts';

/** What a bucket's own host name answers in place of an object. */
export function xmlError(
  request: StorageRequest,
  status: number,
  code: string,
  message: string,
  details: Readonly<Record<string, string>> = {},
): StorageResponse {
  const ids = requestIds(request);
  const members = {
    Code: code,
    Message: message,
    ...details,
    RequestId: ids['x-amz-request-id'] ?? '',
    HostId: ids['x-amz-id-2'] ?? '',
  };
  const content = Object.entries(members).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${content.join('')}</Error>`;
  return { status, headers: { ...ids, 'content-type': 'application/xml' }, body };
}

/** The same at a website endpoint. */
export function htmlError(
  request: StorageRequest,
  status: number,
  code: string,
  message: string,
): StorageResponse {
  const ids = requestIds(request);
  const title = `${status} ${reasons[status]}`;
  const items = [
    `Code: ${code}`,
    `Message: ${message}`,
    `RequestId: ${ids['x-amz-request-id']}`,
    `HostId: ${ids['x-amz-id-2']}`,
  ];
  const list = items.map((item) => `<li>${item}</li>\n`).join('');
  const body = `<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n<ul>\n${list}</ul>\n<hr/>\n</body>\n</html>\n`;
  return {
    status,
    headers: {
      ...ids,
      'x-amz-error-code': code,
      'x-amz-error-message': message,
      'content-type': 'text/html; charset=utf-8',
    },
    body,
  };
}

const reasons: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
  503: 'Slow Down',
};

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
