import type { EC2Client } from '@aws-sdk/client-ec2';
import { DescribeManagedPrefixListsCommand } from '@aws-sdk/client-ec2';
import type { Blueprint } from './blueprint.ts';
import { deployTemplate, describeStack, outputsOf } from './deploy-template.ts';
import { ensureImage } from './image.ts';
import { uploadMaintenancePage } from './maintenance-page.ts';
import { liveOrigin } from './origin.ts';
import { ensurePassword } from './password.ts';
import { placeholderOrigin } from './placeholder-origin.ts';
import type { StandUpClients } from './stand-up-clients.ts';
import type { Steps } from './steps.ts';
import type { TemplateName } from './templates.ts';
import { readTemplateText, templateParameters } from './templates.ts';

type Outputs = Readonly<Record<string, string>>;

/** Promises of what AWS holds of the deployment: mostly the outputs of the stack of that name. */
export interface CloudSteps {
  /** Id of the hosted zone, made or given. */
  readonly zone: Promise<string>;
  readonly network: Promise<Outputs>;
  readonly cluster: Promise<Outputs>;
  readonly ingress: Promise<Outputs>;
  readonly edge: Promise<Outputs>;
  readonly alias: Promise<Outputs>;
  readonly page: Promise<void>;
  readonly telemetry: Promise<Outputs>;
  readonly password: Promise<string>;
  /** Empty where the deployment has no database. */
  readonly database: Promise<Outputs>;
  /** What pods name as their image. */
  readonly image: Promise<string>;
  /** Undefined where load comes from the runner alone. */
  readonly load: Promise<LoadFromPods | undefined>;
}

export interface LoadFromPods {
  readonly image: string;
  readonly bucket: string;
}

export function layCloud(blueprint: Blueprint, clients: StandUpClients, step: Steps['step']): CloudSteps {
  const { edge: edgeBlueprint, database: wanted, workload } = blueprint;
  const deploy = deployer(blueprint, clients);
  const zone = step('zone', {}, async (_none, signal) => {
    if (blueprint.domain.hostedZoneId) return blueprint.domain.hostedZoneId;
    return (await deploy('zone', templateParameters.zone(blueprint), signal)).HostedZoneId ?? '';
  });
  const network = step('network', {}, async (_none, signal) =>
    deploy('network', templateParameters.network(blueprint, await originFacingList(clients.ec2)), signal),
  );
  const cluster = step('cluster', { network }, (made, signal) =>
    deploy('cluster', templateParameters.cluster(blueprint, made.network), signal),
  );
  const ingress = step('ingress', { zone }, (made, signal) =>
    deploy('ingress', templateParameters.ingress(blueprint, made.zone), signal),
  );
  const edge = step('edge', { zone }, async (made, signal) => {
    const origin = await currentOrigin(blueprint, clients, signal);
    return deploy('edge', templateParameters.edge(blueprint, made.zone, origin), signal);
  });
  const alias = step('alias', { zone, edge }, (made, signal) =>
    deploy('alias', templateParameters.alias(blueprint, made.zone, made.edge), signal),
  );
  const page = step('maintenance-page', { edge }, (_made, signal) =>
    uploadMaintenancePage(clients.s3, edgeBlueprint, signal),
  );
  const telemetry = step('telemetry', {}, (_none, signal) =>
    deploy('telemetry', templateParameters.telemetry(blueprint), signal),
  );
  const password = step('database-password', {}, async (_none, signal) =>
    wanted ? ensurePassword(clients.ssm, wanted.passwordParameter, signal) : '',
  );
  const database = step('database', { network, password }, async (made, signal): Promise<Outputs> => {
    if (!wanted) return {};
    return deploy('database', templateParameters.database(blueprint, wanted, made.network), signal);
  });
  const registry = step('registry', {}, (_none, signal) =>
    deploy('registry', templateParameters.registry(blueprint), signal),
  );
  const image = step('image', { registry }, async (made, signal) => {
    await ensureImage(clients.ecr, workload, signal);
    return `${made.registry.RepositoryUri}:${workload.tag}`;
  });
  const load = step('load', {}, async (_none, signal): Promise<LoadFromPods | undefined> => {
    if (!blueprint.load) return undefined;
    const made = await deploy('load', templateParameters.load(blueprint.load), signal);
    await ensureImage(clients.ecr, blueprint.load, signal);
    return { image: `${made.RepositoryUri}:${blueprint.load.tag}`, bucket: made.BucketName ?? '' };
  });
  return { zone, network, cluster, ingress, edge, alias, page, telemetry, password, database, image, load };
}

type Deploy = (
  name: TemplateName,
  parameters: Record<string, string>,
  signal: AbortSignal,
) => Promise<Outputs>;

function deployer(blueprint: Blueprint, { cloudformation: client, clock }: StandUpClients): Deploy {
  return async (name, parameters, signal) =>
    deployTemplate({
      client,
      clock,
      signal,
      stackName: stackName(blueprint, name),
      template: await readTemplateText(name),
      parameters,
      capabilities: name === 'cluster' ? ['CAPABILITY_IAM'] : [],
      tags: blueprint.tags,
    });
}

export function stackName({ name }: Blueprint, template: TemplateName): string {
  return `${name}-${template}`;
}

/** Its ID differs from Region to Region. */
async function originFacingList(client: EC2Client): Promise<string> {
  const name = 'com.amazonaws.global.cloudfront.origin-facing';
  const { PrefixLists } = await client.send(
    new DescribeManagedPrefixListsCommand({ Filters: [{ Name: 'prefix-list-name', Values: [name] }] }),
  );
  const id = PrefixLists?.[0]?.PrefixListId;
  if (!id) throw new Error(`Cannot lay the network: the Region has no managed prefix list "${name}"`);
  return id;
}

/** What the live distribution has, so that deploying the template again does not undo a switch. */
async function currentOrigin(
  blueprint: Blueprint,
  { cloudformation, cloudfront: client, clock }: StandUpClients,
  signal: AbortSignal,
): Promise<string> {
  const stack = await describeStack(cloudformation, stackName(blueprint, 'edge'));
  const distributionId = outputsOf(stack).DistributionId;
  return distributionId === undefined
    ? placeholderOrigin(blueprint)
    : liveOrigin({ client, clock, signal, distributionId });
}
