import { expect, test } from 'vitest';
import { databaseAccess } from './database-access.ts';
import { securityGroupIngress } from './security-group-ingress.ts';

const port = { FromPort: 5432, ToPort: 5432, IpProtocol: 'tcp' };
const ingressOf = securityGroupIngress(
  [
    { GroupId: 'sg-open', IpPermissions: [{ ...port, IpRanges: [{ CidrIp: '127.0.0.1/32' }] }] },
    { GroupId: 'sg-nodes', IpPermissions: [{ ...port, UserIdGroupPairs: [{ GroupId: 'sg-node' }] }] },
    {
      GroupId: 'sg-udp',
      IpPermissions: [{ ...port, IpProtocol: 'udp', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    },
    { GroupId: 'sg-all', IpPermissions: [{ IpProtocol: '-1', PrefixListIds: [{ PrefixListId: 'pl-1' }] }] },
    {
      GroupId: 'sg-web',
      IpPermissions: [{ ...port, ToPort: 5433, FromPort: 5433, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    },
  ],
  { prefixListCidrs: ['127.9.0.0/16'], membersOf: (id) => (id === 'sg-node' ? ['127.10.0.0/24'] : []) },
);

test('groups add up, and what they do not name stays out', () => {
  const admits = databaseAccess(
    [
      { identifier: 'both', port: 5432, iamAuthentication: false, securityGroupIds: ['sg-open', 'sg-nodes'] },
      {
        identifier: 'other',
        port: 5432,
        iamAuthentication: false,
        securityGroupIds: ['sg-udp', 'sg-web', 'sg-all', 'sg-gone'],
      },
    ],
    ingressOf,
  );
  const admitted = (identifier: string) =>
    ['127.0.0.1', '127.10.0.7', '127.10.1.7', '127.9.0.1'].filter((source) => admits(identifier, source));
  expect(admitted('both')).toEqual(['127.0.0.1', '127.10.0.7']);
  expect(admitted('other')).toEqual(['127.9.0.1']);
  expect(admitted('unknown')).toEqual([]);
});
