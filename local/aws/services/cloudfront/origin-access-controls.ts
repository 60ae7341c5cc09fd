import type { OriginAccessControlConfig } from '@aws-sdk/client-cloudfront';
import { invalidArgument } from './identity.ts';
import type { PolicyKind } from './policy-handlers.ts';

export const accessControlKind: PolicyKind<OriginAccessControlConfig> = {
  noun: 'OriginAccessControl',
  plural: 'OriginAccessControls',
  path: 'origin-access-control',
  managed: () => [],
  check: (given) => {
    if (given.SigningProtocol !== 'sigv4')
      throw invalidArgument('The parameter SigningProtocol must be sigv4.');
    if (!['always', 'never', 'no-override'].includes(given.SigningBehavior ?? ''))
      throw invalidArgument('The parameter SigningBehavior is invalid.');
    if (given.OriginAccessControlOriginType !== 's3')
      throw invalidArgument('The parameter OriginAccessControlOriginType must be s3.');
    return { ...given, Description: given.Description ?? '' };
  },
  isInUse: ({ distributions }, id) =>
    [...distributions.values()].some(({ config }) =>
      config.Origins?.Items?.some(({ OriginAccessControlId }) => OriginAccessControlId === id),
    ),
  listed: ({ id, config }) => ({ Id: id, ...config }),
};
