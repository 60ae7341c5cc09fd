import { compileAddresses } from '../alb/addresses.ts';
import type { RdsSnapshot } from '../aws/services/rds/rds.ts';
import type { SecurityGroupIngress } from './security-group-ingress.ts';

/** Whether a database lets a source address in. */
export type DatabaseAccess = (identifier: string, source: string) => boolean;

/** As its security groups say; a database that the account does not know lets nobody in. */
export function databaseAccess(
  guarded: RdsSnapshot['guarded'],
  ingressOf: SecurityGroupIngress,
): DatabaseAccess {
  const admissions = new Map(
    guarded.map(({ identifier, port, securityGroupIds }) => {
      const cidrs = ingressOf(securityGroupIds)
        .filter(({ fromPort, toPort }) => fromPort <= port && port <= toPort)
        .flatMap((rule) => rule.cidrs);
      return [identifier, compileAddresses(cidrs)];
    }),
  );
  return (identifier, source) => admissions.get(identifier)?.(source) ?? false;
}
