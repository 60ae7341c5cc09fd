import type {
  Capability,
  CloudFormationClient,
  Stack,
  StackEvent,
  Tag,
} from '@aws-sdk/client-cloudformation';
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import type { Clock } from '../../local/base/clock.ts';
import { until } from './until.ts';

export interface DeployTemplateOptions {
  readonly client: CloudFormationClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly stackName: string;
  /** The template's text. */
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly capabilities?: readonly Capability[];
  readonly tags?: Readonly<Record<string, string>>;
  /** Stack seconds. */
  readonly withinSeconds?: number;
}

/** Brings a stack to a template, whatever state it is in, and gives its outputs. The error lists what failed and why. */
export async function deployTemplate(options: DeployTemplateOptions): Promise<Record<string, string>> {
  const existing = await settled(options, await describeStack(options.client, options.stackName));
  // A stack whose creation was rolled back has nothing and can become nothing: it makes room.
  const hopeless =
    existing && ['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED'].includes(status(existing));
  if (hopeless) await deleteStack(options);
  const begun = existing && !hopeless ? await update(options) : await create(options);
  if (!begun) return outputsOf(existing);
  const stack = await settled(options, await describeStack(options.client, options.stackName));
  if (stack && ['CREATE_COMPLETE', 'UPDATE_COMPLETE'].includes(status(stack))) return outputsOf(stack);
  throw new Error(await failure(options, stack));
}

/** Undefined when there is none. */
export async function describeStack(
  client: CloudFormationClient,
  stackName: string,
): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    return Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

export function outputsOf(stack: Stack | undefined): Record<string, string> {
  const outputs = stack?.Outputs ?? [];
  return Object.fromEntries(
    outputs.map(({ OutputKey, OutputValue }) => [String(OutputKey), OutputValue ?? '']),
  );
}

function status({ StackStatus }: Stack): string {
  return String(StackStatus);
}

async function create(options: DeployTemplateOptions): Promise<boolean> {
  await options.client.send(new CreateStackCommand(request(options)), { abortSignal: options.signal });
  return true;
}

/** False when the stack is already as the template wants it. */
async function update(options: DeployTemplateOptions): Promise<boolean> {
  try {
    await options.client.send(new UpdateStackCommand(request(options)), { abortSignal: options.signal });
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes('No updates are to be performed')) return false;
    throw error;
  }
}

function request({ stackName, template, parameters, capabilities = [], tags = {} }: DeployTemplateOptions) {
  return {
    StackName: stackName,
    TemplateBody: template,
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
    Capabilities: [...capabilities],
    Tags: Object.entries(tags).map(([Key, Value]): Tag => ({ Key, Value })),
  };
}

async function deleteStack(options: DeployTemplateOptions): Promise<void> {
  const { client, clock, signal, stackName } = options;
  await client.send(new DeleteStackCommand({ StackName: stackName }));
  await until({
    clock,
    signal,
    what: `stack "${stackName}" to be gone`,
    withinSeconds: bound(options),
    look: async () => (await describeStack(client, stackName))?.StackStatus,
    done: (seen) => seen === undefined || seen === 'DELETE_COMPLETE',
  });
}

/** Whatever is under way, somebody else's operation too, comes to its end first. */
async function settled(options: DeployTemplateOptions, stack: Stack | undefined): Promise<Stack | undefined> {
  if (!stack) return undefined;
  const { client, clock, signal, stackName } = options;
  return until({
    clock,
    signal,
    what: `stack "${stackName}" to settle`,
    withinSeconds: bound(options),
    look: () => describeStack(client, stackName),
    done: (seen) => !seen || !status(seen).endsWith('_IN_PROGRESS'),
  });
}

/** EKS and RDS each take a quarter of an hour at worst. */
function bound({ withinSeconds = 3600 }: DeployTemplateOptions): number {
  return withinSeconds;
}

async function failure(options: DeployTemplateOptions, stack: Stack | undefined): Promise<string> {
  const { client, stackName } = options;
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: stackName }));
  const failed = thisOperation(StackEvents).filter(
    ({ ResourceStatus, ResourceStatusReason }) =>
      ResourceStatus?.endsWith('_FAILED') && !/cancelled$/.test(ResourceStatusReason ?? ''),
  );
  const lines = failed.map(
    ({ LogicalResourceId, ResourceType, ResourceStatusReason }) =>
      `  ${LogicalResourceId} (${ResourceType}): ${ResourceStatusReason}`,
  );
  const end = `expected CREATE_COMPLETE or UPDATE_COMPLETE, got ${stack?.StackStatus ?? 'no stack'}`;
  return [`Cannot deploy stack "${stackName}": ${end}`, ...lines.reverse()].join('\n');
}

/** Newest first, as far back as the event that began it. */
function thisOperation(events: readonly StackEvent[]): readonly StackEvent[] {
  const begin = events.findIndex(({ ResourceStatusReason }) => ResourceStatusReason === 'User Initiated');
  return begin < 0 ? events : events.slice(0, begin);
}
