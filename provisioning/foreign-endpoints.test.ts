import { expect, test } from 'vitest';
import { attach } from './attach.ts';
import { foreignEndpoints } from './foreign-endpoints.ts';
import type { StackDescriptor } from './stack.ts';

const local = 'http://127.0.0.1:9';
const kubeconfig = (server: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'hub', cluster: { server } }],
    users: [{ name: 'hub', user: {} }],
    contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'hub' } }],
    'current-context': 'hub',
  });

const embedded = {
  preset: 'embedded',
  aws: { endpointUrl: local },
  kubernetes: { kubeconfig: kubeconfig(local) },
  dns: { address: '127.31.0.2', port: 53 },
  telemetry: { lokiUrl: local, tempoUrl: local, otlpUrl: local },
  control: { url: local, token: 'secret' },
  viewers: ['127.31.9.1'],
} as const satisfies Partial<StackDescriptor>;

test('an emulated stack is reached by loopback addresses alone', () => {
  expect(foreignEndpoints(embedded, { AWS_ENDPOINT_URL: local })).toEqual([]);
  expect(foreignEndpoints({ ...embedded, preset: 'local', control: undefined }, {})).toEqual([]);
});

test('every endpoint that is elsewhere is named at once', () => {
  const problems = foreignEndpoints(
    {
      ...embedded,
      aws: {},
      kubernetes: { kubeconfig: kubeconfig('https://1A2B.gr7.us-east-1.eks.amazonaws.com') },
      dns: { address: '8.8.8.8', port: 53 },
      telemetry: { lokiUrl: 'http://127.0.0.1.nip.io', tempoUrl: 'http://localhost:1', otlpUrl: 'nonsense' },
      control: { url: 'http://10.0.0.1', token: 'secret' },
      controlTarget: { url: 'https://example.com' },
      uplink: { host: 'proxy', port: 3128 },
      fis: { roleArn: 'arn', endpointUrl: 'https://fis.us-east-1.amazonaws.com' },
      viewers: ['127.31.9.1', '192.168.0.7'],
    },
    {},
  );
  expect(problems.map((problem) => problem.replace(/: expected a loopback address, got/, ''))).toEqual([
    'aws.endpointUrl ""',
    'kubernetes cluster "hub" "1a2b.gr7.us-east-1.eks.amazonaws.com"',
    'telemetry.lokiUrl "127.0.0.1.nip.io"',
    'telemetry.tempoUrl "localhost"',
    'telemetry.otlpUrl "nonsense"',
    'control.url "10.0.0.1"',
    'controlTarget.url "example.com"',
    'fis.endpointUrl "fis.us-east-1.amazonaws.com"',
    'dns.address "8.8.8.8"',
    'uplink.host "proxy"',
    'viewers "192.168.0.7"',
  ]);
  expect(problems.join()).not.toContain('secret');
});

test('a run on AWS goes to AWS, whatever the environment says', () => {
  const aws = { ...embedded, preset: 'aws', aws: {} } as const;
  expect(foreignEndpoints(aws, { AWS_PROFILE: 'prod', MY_AWS_ENDPOINT_URL: 'x' })).toEqual([]);
  const redirected = { AWS_ENDPOINT_URL: 'http://u:secret@elsewhere', AWS_ENDPOINT_URL_S3: '' };
  const problems = foreignEndpoints({ ...aws, aws: { endpointUrl: local } }, redirected);
  expect(problems).toHaveLength(3);
  expect(problems.join()).toContain('AWS_ENDPOINT_URL_S3');
  expect(problems.join()).not.toContain('secret');
});

test('such a descriptor gets no clients', () => {
  const elsewhere = { ...embedded, dns: { address: '8.8.8.8', port: 53 }, region: 'us-east-1', speed: 1 };
  const descriptor = { ...elsewhere, startedAt: new Date().toISOString() } as unknown as StackDescriptor;
  expect(() => attach(descriptor)).toThrow('Cannot attach to the embedded stack: dns.address: expected');
});
