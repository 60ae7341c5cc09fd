import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { OacAuthorization } from '../aws/storage/storage-request.ts';

/** Origin access control between the edge and the buckets: the edge signs as a distribution, S3 knows the signature. */
export interface OriginAccess {
  sign(distributionArn: string): readonly (readonly [string, string])[];
  readonly authorize: (headers: Readonly<Record<string, string>>) => OacAuthorization | undefined;
}

/** The key lives as long as the cloud and is known to its two ends alone, as AWS's own is. */
export function createOriginAccess(accountId: string): OriginAccess {
  const key = randomBytes(32);
  const signature = (arn: string) => createHmac('sha256', key).update(arn).digest('hex');
  return {
    sign: (distributionArn) => {
      const credential = `${encodeURIComponent(distributionArn)}/cloudfront`;
      const value = `AWS4-HMAC-SHA256 Credential=${credential}, Signature=${signature(distributionArn)}`;
      return [['authorization', value]];
    },
    authorize: ({ authorization = '' }) => {
      const [, encoded = '', given = ''] =
        /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/cloudfront, Signature=([0-9a-f]{64})$/.exec(authorization) ??
        [];
      const distributionArn = decodeURIComponent(encoded);
      const wanted = signature(distributionArn);
      const same = given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));
      return same ? { distributionArn, accountId } : undefined;
    },
  };
}
