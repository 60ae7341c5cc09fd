import type { Clock } from '../../base/clock.ts';
import type { DatabaseSpecification, IamAuthentication } from '../contract.ts';
import { acceptsToken } from './token.ts';

/** How users of one instance log in by token. */
export interface TokenLogin {
  /** The name that tokens and the certificate are for. */
  readonly endpointName: string;
  inUse(): boolean;
  accepts(user: string, token: string): boolean;
}

export function tokenLogin(
  { identifier, endpointName, port }: DatabaseSpecification,
  iam: IamAuthentication,
  clock: Clock,
): TokenLogin {
  const { region } = iam;
  return {
    endpointName,
    inUse: () => iam.isOn(identifier),
    accepts: (user, token) =>
      acceptsToken(token, {
        host: `${endpointName}:${port}`,
        user,
        region,
        secretOf: (accessKeyId) => iam.secretOf(accessKeyId),
        now: clock.now(),
      }),
  };
}
