import type {
  AssociateDistributionWebACLRequest,
  AssociateDistributionWebACLResult,
  DisassociateDistributionWebACLRequest,
  DisassociateDistributionWebACLResult,
  ListDistributionsByWebACLIdRequest,
  ListDistributionsByWebACLIdResult,
} from '@aws-sdk/client-cloudfront';
import { AwsError } from '../../service.ts';
import { pageOf } from '../page.ts';
import { deploy } from './deploy.ts';
import { summarizeDistribution } from './describe-distribution.ts';
import { checkIfMatch, truncated } from './identity.ts';
import type { CloudFrontState, StoredDistribution } from './state.ts';

export function webAclHandlers(state: CloudFrontState) {
  return {
    AssociateDistributionWebACL: (
      input: AssociateDistributionWebACLRequest,
    ): AssociateDistributionWebACLResult => {
      const { WebACLArn = '' } = input;
      if (!state.ports.webAclExists(WebACLArn))
        throw new AwsError('EntityNotFound', `The web ACL ${WebACLArn} was not found.`);
      const { id, etag } = setWebAcl(state, input, WebACLArn);
      return { Id: id, WebACLArn, ETag: etag };
    },
    DisassociateDistributionWebACL: (
      input: DisassociateDistributionWebACLRequest,
    ): DisassociateDistributionWebACLResult => {
      const { id, etag } = setWebAcl(state, input, '');
      return { Id: id, ETag: etag };
    },
    ListDistributionsByWebACLId: (
      input: ListDistributionsByWebACLIdRequest,
    ): ListDistributionsByWebACLIdResult => {
      const wanted = input.WebACLId === 'null' ? '' : input.WebACLId;
      const limit = Number(input.MaxItems ?? 100);
      const matching = [...state.distributions.values()].filter(({ config }) => config.WebACLId === wanted);
      const page = pageOf(matching, { from: input.Marker || undefined, limit, keyOf: ({ id }) => id });
      return {
        DistributionList: {
          ...truncated(page, input.Marker, limit),
          Items: page.items.map(summarizeDistribution),
        },
      };
    },
  };
}

function setWebAcl(
  state: CloudFrontState,
  { Id = '', IfMatch }: { Id?: string | undefined; IfMatch?: string | undefined },
  webAclArn: string,
): StoredDistribution {
  const distribution = state.distributions.get(Id);
  if (!distribution) throw new AwsError('EntityNotFound', `The distribution ${Id} was not found.`);
  if (IfMatch) checkIfMatch(IfMatch, distribution.etag);
  deploy(state, distribution, { ...distribution.config, WebACLId: webAclArn });
  return distribution;
}
