import type { CustomErrorResponse } from '@aws-sdk/client-cloudfront';
import { defaultErrorTtlSec } from './freshness.ts';

export interface ErrorPages {
  /** The page for a status, and the status that the viewer gets with it. */
  choose(status: number): { readonly path: string; readonly responseStatus: number } | undefined;
  /** How long an error of this status is kept at least. */
  ttlSec(status: number): number;
}

/** CloudFront developer guide, "Generate custom error responses". */
export function compileErrorPages(responses: readonly CustomErrorResponse[]): ErrorPages {
  const byStatus = new Map(responses.map((response) => [response.ErrorCode, response]));
  return {
    choose: (status) => {
      const { ResponsePagePath, ResponseCode } = byStatus.get(status) ?? {};
      if (!ResponsePagePath) return undefined;
      return { path: ResponsePagePath, responseStatus: Number(ResponseCode || status) };
    },
    ttlSec: (status) => byStatus.get(status)?.ErrorCachingMinTTL ?? defaultErrorTtlSec,
  };
}
