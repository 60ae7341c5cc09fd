import { withEnvironment, workloadMutant } from '../../fixtures/mutants/workload.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { askEcho } from '../../fixtures/probes/echo.ts';
import { requirement } from '../../fixtures/requirement.ts';

/** The application believes the first entry, which the client writes. */
const trustsFirstEntry = workloadMutant(
  'application-trusts-first-forwarded-entry',
  /client address/,
  withEnvironment('CLIENT_ADDRESS_INDEX', '0'),
);

const forgeries = [
  '203.0.113.7',
  '198.51.100.1, 203.0.113.9',
  'not-an-address',
  '10.0.0.1, 10.0.0.2, 10.0.0.3',
];

export default requirement(
  {
    id: 'FLOW-2',
    title: 'shows the application the true client address, whatever X-Forwarded-For the client forges',
    level: 'core',
    layers: ['edge', 'kubernetes'],
    refs: ['CloudFront Developer Guide, Client IP addresses', 'ELB User Guide, X-Forwarded-For'],
    mutants: [trustsFirstEntry],
  },
  async (session) => {
    const from = session.viewerAddress();
    if (from === undefined)
      throw new Inconclusive('This stack gives probes no source address of their own to compare with');
    const look = session.viewer({ from });
    for (const forged of [undefined, ...forgeries]) {
      const headers = forged === undefined ? undefined : { 'x-forwarded-for': forged };
      const { echo } = await askEcho(session, look, { headers, signal: session.signal });
      must(echo.client === from, 'The application does not see the true client address', {
        expected: from,
        observed: `${echo.client} (X-Forwarded-For at the pod: "${echo.headers['x-forwarded-for']}")`,
      });
    }
    session.evidence('forged headers tried', forgeries);
  },
);
