import { devNull } from 'node:os';

/** What an embedded run must not see: credentials, endpoints and contexts of somewhere else (design §6). */
const ignored = /^(AWS_|KUBECONFIG$|PG[A-Z]+$|DOCKER_|OTEL_|(https?|all|no)_proxy$)/i;

/**
 * Removes them from this process, so that no client can pick one up, and says which. Files and the instance's
 * metadata are shut off too: the SDK would look there next.
 */
export function isolateEnvironment(environment: NodeJS.ProcessEnv = process.env): readonly string[] {
  const names = Object.keys(environment)
    .filter((name) => ignored.test(name) && !ours.has(name))
    .sort();
  for (const name of names) delete environment[name];
  environment.AWS_EC2_METADATA_DISABLED = 'true';
  environment.AWS_CONFIG_FILE = devNull;
  environment.AWS_SHARED_CREDENTIALS_FILE = devNull;
  return names;
}

const ours = new Set(['AWS_EC2_METADATA_DISABLED']);
