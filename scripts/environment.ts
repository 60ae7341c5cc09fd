import { devNull } from 'node:os';

/**
 * What an embedded run must not see: credentials, endpoints and contexts of somewhere else (design §6), and the
 * switch by which Node would verify no certificate.
 */
const ignored =
  /^(AWS_|KUBECONFIG$|PG[A-Z]+$|DOCKER_|OTEL_|NODE_TLS_REJECT_UNAUTHORIZED$|(https?|all|no)_proxy$)/i;

/** Files and the instance's metadata: the SDK would look there next. */
const ours: Readonly<Record<string, string>> = {
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
};

/** Removes them from this process, so that no client can pick one up, and says which. May be called twice. */
export function isolateEnvironment(environment: NodeJS.ProcessEnv = process.env): readonly string[] {
  const names = Object.keys(environment)
    .filter((name) => ignored.test(name) && environment[name] !== ours[name])
    .sort();
  for (const name of names) delete environment[name];
  Object.assign(environment, ours);
  return names;
}
