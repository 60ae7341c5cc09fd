import { webAclMutant } from '../../fixtures/mutants/web-acl.ts';
import { must } from '../../fixtures/outcome.ts';
import { askEcho } from '../../fixtures/probes/echo.ts';
import { jsonOf, summary } from '../../fixtures/probes/http.ts';
import { requirement } from '../../fixtures/requirement.ts';

/** No rule of the edge's ACL inserts its header any more: the hop is there, or not; nobody can tell. */
const edgeAclInsertsNothing = webAclMutant('edge-acl-inserts-no-header', /WAF/, (rules) =>
  rules.filter((rule) => !JSON.stringify(rule.Action ?? {}).includes('InsertHeaders')),
);

export default requirement(
  {
    id: 'FLOW-1',
    title: 'serves a request through every hop, each proved: CloudFront, WAF, ALB, pod, database',
    level: 'core',
    layers: ['edge', 'kubernetes', 'database'],
    refs: [
      'WAF Developer Guide, Inserting custom request headers',
      'CloudFront Developer Guide, Via and X-Amz-Cf-Id',
    ],
    mutants: [edgeAclInsertsNothing],
  },
  async (session) => {
    const { deployment, stack, viewer, url, evidence, signal } = session;
    const look = viewer();
    const { answer, echo } = await askEcho(session, look, { signal });
    must(
      /\bcloudfront\.net \(CloudFront\)/.test(answer.headers.via ?? ''),
      'No proof of the CloudFront hop',
      {
        expected: 'Via of CloudFront in the answer',
        observed: answer.headers.via ?? 'no Via',
      },
    );
    must(echo.headers['x-amz-cf-id'] !== undefined, 'No proof that the request left CloudFront', {
      expected: 'X-Amz-Cf-Id at the pod',
      observed: Object.keys(echo.headers),
    });
    if (deployment.waf !== 'none') {
      const { edgeHopHeader, loadBalancerHopHeader } = deployment.waf;
      for (const header of [edgeHopHeader, loadBalancerHopHeader])
        must(
          echo.headers[header] !== undefined,
          'No proof of the WAF hop: its header did not reach the pod',
          {
            expected: header,
            observed: Object.keys(echo.headers).filter((name) => name.startsWith('x-amzn-waf-')),
          },
        );
    }
    must(
      /Root=1-[0-9a-f]{8}-[0-9a-f]{24}/.test(echo.headers['x-amzn-trace-id'] ?? ''),
      'No proof of the ALB hop',
      {
        expected: 'X-Amzn-Trace-Id at the pod',
        observed: echo.headers['x-amzn-trace-id'] ?? 'absent',
      },
    );
    const { namespace } = deployment.workload;
    const pod = await stack.kubernetes.core.readNamespacedPod({ namespace, name: echo.name });
    must(pod.status?.podIP === echo.address, 'The answer does not come from a pod of the cluster', {
      expected: `${echo.name} at ${pod.status?.podIP}`,
      observed: echo.address,
    });
    const database = await look.get(url(`/api/v1/database?hop=${crypto.randomUUID()}`), { signal });
    const identity = jsonOf(database) as { address?: string } | undefined;
    const addresses = await session.dialer.dns.addresses(stack.descriptor.resources.databaseEndpoint);
    must(
      identity?.address !== undefined && addresses.includes(identity.address),
      'No proof of the database hop: the pod did not read from the server behind the endpoint',
      { expected: addresses, observed: identity?.address ?? summary(database) },
    );
    evidence('hops', {
      via: answer.headers.via,
      cfId: echo.headers['x-amz-cf-id'],
      traceId: echo.headers['x-amzn-trace-id'],
      pod: echo.name,
      zone: echo.zone,
      database: identity.address,
    });
  },
);
