import type { V1Ingress, V1Service } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { modelOf } from './model.ts';
import { createReadinessGateInjector } from './readiness-gate-injector.ts';

const service: V1Service = {
  metadata: { name: 'hub', namespace: 'shop' },
  spec: { selector: { app: 'hub' }, ports: [{ port: 80, targetPort: 'http' }] },
};
const ingress = (annotations: Record<string, string>): V1Ingress => ({
  metadata: {
    name: 'hub',
    namespace: 'shop',
    annotations: Object.fromEntries(
      Object.entries({ 'target-type': 'ip', ...annotations }).map(([name, value]) => [
        `alb.ingress.kubernetes.io/${name}`,
        value,
      ]),
    ),
  },
  spec: {
    ingressClassName: 'alb',
    rules: [
      {
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: 'hub', port: { number: 80 } } } },
          ],
        },
      },
    ],
  },
});
const model = (annotations: Record<string, string>) =>
  modelOf({ ingress: ingress(annotations), clusterName: 'c', service: () => service });

test('the HTTP listener redirects and the HTTPS listener forwards', () => {
  const { listeners, targetGroups } = model({
    'listen-ports': '[{"HTTP":80},{"HTTPS":443}]',
    'ssl-redirect': '443',
    'certificate-arn': 'arn:c',
  });
  expect(listeners[0]?.rules).toEqual([{ hosts: [], paths: [], action: { redirectToPort: 443 } }]);
  expect(listeners[1]).toMatchObject({
    port: 443,
    certificateArns: ['arn:c'],
    sslPolicy: 'ELBSecurityPolicy-2016-08',
  });
  expect(listeners[1]?.rules[0]?.action).toEqual({ targetGroup: targetGroups[0]?.name });
});

test('names are short, stable and like the controller’s', () => {
  expect(model({}).name).toMatch(/^k8s-shop-hub-[0-9a-f]{10}$/);
  expect(model({}).name).toBe(model({}).name);
});

test('an annotation that is no JSON is named in the error', () => {
  expect(() => model({ 'listen-ports': '80' + '}' })).toThrow('listen-ports');
});

test('gates are injected only into pods that a bound service selects, in labelled namespaces', () => {
  const inject = createReadinessGateInjector({
    injects: (namespace) => namespace === 'shop',
    bindings: () => [{ targetGroup: 'tg', service }],
  });
  const pod = (namespace: string, app: string) => ({
    metadata: { namespace, labels: { app } },
    spec: { containers: [{ name: 'hub' }] },
  });
  const gates = [{ conditionType: 'target-health.elbv2.k8s.aws/tg' }];
  expect(inject(pod('shop', 'hub')).spec?.readinessGates).toEqual(gates);
  expect(inject(pod('shop', 'other')).spec?.readinessGates).toBeUndefined();
  expect(inject(pod('else', 'hub')).spec?.readinessGates).toBeUndefined();
});
