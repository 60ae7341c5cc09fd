import { devNull } from 'node:os';
import { expect, test } from 'vitest';
import { isolateEnvironment } from './environment.ts';

test('credentials, endpoints, contexts and what turns verification off are taken out, and named', () => {
  const foreign = {
    AWS_ACCESS_KEY_ID: 'AKIA',
    AWS_SESSION_TOKEN: 'secret',
    AWS_PROFILE: 'prod',
    AWS_ENDPOINT_URL_S3: 'https://elsewhere',
    KUBECONFIG: '/home/me/.kube/config',
    PGHOST: 'prod.example',
    PGPASSWORD: 'secret',
    DOCKER_HOST: 'tcp://elsewhere',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://elsewhere',
    HTTPS_PROXY: 'http://proxy',
    no_proxy: '*',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  };
  const kept = {
    PATH: '/bin',
    HOME: '/home/me',
    NODE_DEBUG: 'stormproof:*',
    PAGER: 'less',
    MY_AWS_NOTE: 'mine',
  };
  const environment: NodeJS.ProcessEnv = { ...foreign, ...kept };
  const ignored = isolateEnvironment(environment);
  expect(ignored).toEqual(Object.keys(foreign).sort());
  expect(ignored.join()).not.toContain('secret');
  expect(environment).toEqual({
    ...kept,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  });
});

test('a second time, as in a process of ours that inherits it, there is nothing to say', () => {
  const environment: NodeJS.ProcessEnv = { AWS_PROFILE: 'prod' };
  isolateEnvironment(environment);
  expect(isolateEnvironment(environment)).toEqual([]);
  environment.AWS_CONFIG_FILE = '/home/me/.aws/config';
  expect(isolateEnvironment(environment)).toEqual(['AWS_CONFIG_FILE']);
  expect(environment.AWS_CONFIG_FILE).toBe(devNull);
});
