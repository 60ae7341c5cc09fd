import { type Answer, discardBody } from './answer.ts';
import { notModified } from './conditional.ts';
import type { Behaviour } from './distribution.ts';
import type { EdgeContext } from './exchange.ts';
import { firstHeader, type HeaderList, withoutHeaders } from './headers.ts';
import { applyResponseHeaders } from './response-headers.ts';
import type { Viewer } from './viewer.ts';

export interface DeliverOptions {
  readonly edge: EdgeContext;
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly behaviour: Behaviour | undefined;
}

/** Writes an answer to the viewer, with the headers that every answer of the edge has. */
export function deliver(options: DeliverOptions, answer: Answer): void {
  const { viewer } = options;
  // A body that is being kept is read to its end all the same.
  if (viewer.closed) {
    discardBody(answer.body);
    return;
  }
  const unchanged = answersConditions(options, answer) && notModified(viewer, answer);
  const status = unchanged ? 304 : answer.status;
  const headers = unchanged ? withoutHeaders(answer.headers, bodyOnly) : answer.headers;
  viewer.respond(status, edgeHeaders(options, { ...answer, headers }));
  if (unchanged || viewer.method === 'HEAD' || status === 204 || status === 304) {
    discardBody(answer.body);
    viewer.end();
  } else sendBody(viewer, answer);
}

const bodyOnly: ReadonlySet<string> = new Set(['content-length', 'content-type', 'content-encoding']);

/** Where objects are kept the origin is asked for the whole one, and the viewer's conditions are judged here. */
function answersConditions({ viewer, behaviour }: DeliverOptions, { ageSec }: Answer): boolean {
  if (viewer.method !== 'GET' && viewer.method !== 'HEAD') return false;
  return ageSec !== undefined || (behaviour?.policies.ttl.maxSec ?? 0) > 0;
}

function sendBody(viewer: Viewer, { body }: Answer): void {
  if (Buffer.isBuffer(body)) {
    viewer.end(body);
    return;
  }
  viewer.onDrain(() => body.resume());
  viewer.onGone(() => body.abort());
  body.start({
    data: (chunk) => viewer.write(chunk),
    end: () => viewer.end(),
    failed: () => viewer.abort(),
  });
}

function edgeHeaders({ edge, viewer, requestId, behaviour }: DeliverOptions, answer: Answer): HeaderList {
  const { result, ageSec } = answer;
  const origin = viewer.header('origin');
  const headers = applyResponseHeaders(
    withoutHeaders(answer.headers, replaced),
    behaviour?.responseHeaders,
    origin,
  );
  const via = firstHeader(answer.headers, 'via');
  const own = `1.1 ${edge.edgeName(viewer.edgeAddress)} (CloudFront)`;
  const list: (readonly [string, string])[] = [
    ...headers,
    ['X-Cache', `${result} from cloudfront`],
    ['Via', via === undefined ? own : `${via}, ${own}`],
    ['X-Amz-Cf-Pop', edge.pop],
    ['X-Amz-Cf-Id', requestId],
  ];
  if (ageSec !== undefined && result !== 'RefreshHit') list.push(['Age', String(ageSec)]);
  else if (firstHeader(answer.headers, 'age')) list.push(['Age', firstHeader(answer.headers, 'age') ?? '0']);
  if (firstHeader(headers, 'date') === undefined) list.push(['Date', edge.clock.now().toUTCString()]);
  return list;
}

const replaced: ReadonlySet<string> = new Set(['x-cache', 'via', 'x-amz-cf-pop', 'x-amz-cf-id', 'age']);
