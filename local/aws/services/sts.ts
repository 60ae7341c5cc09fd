import * as sts from '@aws-sdk/client-sts';
import type { AwsService, ServiceContext } from '../service.ts';

/** Every caller is the account's one administrator: the gateway takes any access key. */
export function createStsService({ accountId }: ServiceContext): AwsService {
  return {
    sdk: sts,
    client: sts.STSClient,
    handlers: {
      GetCallerIdentity: (): Partial<sts.GetCallerIdentityCommandOutput> => ({
        Account: accountId,
        Arn: `arn:aws:iam::${accountId}:user/stormproof`,
        UserId: 'AIDASTORMPROOFADMIN01',
      }),
    },
  };
}
