import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { createDnsProbe } from '../../fixtures/probes/dns.ts';
import { boundPort } from '../../local/base/loopback.ts';
import { attach } from '../../provisioning/attach.ts';
import { isAlive } from '../../provisioning/control.ts';
import type { StackDescriptor } from '../../provisioning/stack.ts';
import { readStackFile } from '../stack-file.ts';
import { UsageError } from '../usage-error.ts';
import type { JsonOption } from './options.ts';

/** Shell assignments for `eval "$(stormproof env)"`, then example calls as comments. */
export async function env({ json }: JsonOption): Promise<number> {
  const descriptor = readStackFile();
  if (!descriptor || !(await isAlive(descriptor)))
    throw new UsageError('Cannot print the environment: no stack is up, stand one up with: stormproof up');
  const variables = await variablesOf(descriptor);
  if (json) process.stdout.write(`${JSON.stringify(variables, undefined, 2)}\n`);
  else {
    for (const [name, value] of Object.entries(variables))
      process.stdout.write(`export ${name}=${quoted(value)}\n`);
    process.stdout.write(examples(descriptor));
  }
  return 0;
}

async function variablesOf(descriptor: StackDescriptor): Promise<Record<string, string>> {
  const { aws, region, kubernetes, dns, trust, resources, ports } = descriptor;
  const probe = createDnsProbe(dns);
  const [database = ''] = await probe.addresses(resources.databaseEndpoint);
  const [edge = ''] = await probe.addresses(resources.distributionDomainName);
  return {
    AWS_ENDPOINT_URL: aws.endpointUrl ?? '',
    AWS_ACCESS_KEY_ID: aws.accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: aws.secretAccessKey ?? '',
    AWS_DEFAULT_REGION: region,
    KUBECONFIG: ownedFile('kubeconfig.yaml', kubernetes.kubeconfig),
    PGHOST: resources.databaseEndpoint,
    PGHOSTADDR: database,
    PGPORT: String(resources.databasePort),
    PGUSER: resources.databaseUser,
    PGDATABASE: resources.databaseName,
    PGPASSWORD: await password(descriptor),
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: ownedFile('database-ca.pem', trust.database),
    STORMPROOF_WEB_CA: ownedFile('web-ca.pem', trust.web),
    STORMPROOF_DNS: `${dns.address}:${dns.port}`,
    STORMPROOF_CONNECT_TO: `::${edge}:${boundPort(ports, 443)}`,
  };
}

function examples({ dns }: StackDescriptor): string {
  return [
    `# dig @${dns.address} -p ${dns.port} artifacthub.example A`,
    '# curl --cacert "$STORMPROOF_WEB_CA" --connect-to "$STORMPROOF_CONNECT_TO" https://artifacthub.example/',
    '# kubectl get pods -A; psql -c "select 1"; aws elbv2 describe-load-balancers',
    '# AWS CLI 1 ignores AWS_ENDPOINT_URL for rds in us-east-1, so give it there:',
    '# aws rds --endpoint-url "$AWS_ENDPOINT_URL" describe-db-instances',
    '',
  ].join('\n');
}

/** Clients that take only a file get one that nobody else may read. */
function ownedFile(name: string, content: string): string {
  const path = resolve('.stormproof', name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

async function password(descriptor: StackDescriptor): Promise<string> {
  await using stack = attach(descriptor);
  const { Parameter } = await stack.aws.ssm.send(
    new GetParameterCommand({ Name: descriptor.resources.databasePasswordParameter, WithDecryption: true }),
  );
  return Parameter?.Value ?? '';
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
