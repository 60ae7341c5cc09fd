import { z } from 'zod';
import { ApiError, type Call, type Reply } from './http.ts';
import type { ResourceSpans, TraceStore } from './trace-store.ts';

/** OTLP/HTTP in, JSON only (OTLP specification, "OTLP/HTTP"): protobuf is refused as an unsupported media type. */
export function answerOtlp(store: Pick<TraceStore, 'add'>, { method, path, contentType, body }: Call): Reply {
  if (path !== '/v1/traces') throw new ApiError(404, '404 page not found\n');
  if (method !== 'POST') throw new ApiError(405, '405 method not allowed, supported: [POST]');
  if (contentType !== 'application/json') {
    throw new ApiError(415, '415 unsupported media type, supported: [application/json]');
  }
  store.add(readExport(body.toString()));
  return { status: 200, body: { partialSuccess: {} } };
}

const identifier = (bytes: number): z.ZodString =>
  z.string().regex(new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`), `expected ${bytes} bytes in hexadecimal`);

const span = z.looseObject({
  traceId: identifier(16).transform((id) => id.toLowerCase()),
  spanId: identifier(8).transform((id) => id.toLowerCase()),
  parentSpanId: z.union([z.literal(''), identifier(8).transform((id) => id.toLowerCase())]).optional(),
  name: z.string().optional(),
});

const exported = z.object({
  resourceSpans: z
    .array(
      z.looseObject({
        resource: z.looseObject({}).optional(),
        scopeSpans: z
          .array(z.looseObject({ scope: z.looseObject({}).optional(), spans: z.array(span).default([]) }))
          .default([]),
      }),
    )
    .default([]),
});

/** OTLP specification, "Failures": a google.rpc.Status with code 3, INVALID_ARGUMENT. */
function readExport(text: string): ResourceSpans[] {
  const parsed = exported.safeParse(parseJson(text));
  if (!parsed.success) throw new ApiError(400, { code: 3, message: z.prettifyError(parsed.error) });
  return parsed.data.resourceSpans as ResourceSpans[];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, { code: 3, message: error instanceof Error ? error.message : String(error) });
  }
}
