import type {
  DescribeStackEventsCommandInput,
  DescribeStackEventsCommandOutput,
  DescribeStackResourcesCommandInput,
  DescribeStackResourcesCommandOutput,
  DescribeStacksCommandInput,
  DescribeStacksCommandOutput,
  ListExportsCommandInput,
  ListExportsCommandOutput,
  ListStackResourcesCommandInput,
  ListStackResourcesCommandOutput,
  ListStacksCommandInput,
  ListStacksCommandOutput,
  Parameter,
  Stack as StackView,
} from '@aws-sdk/client-cloudformation';
import type { Engine } from '../stack/engine.ts';
import { exportsOf } from '../stack/engine.ts';
import type { Stack, StackResource } from '../stack/stack.ts';
import type { ParameterValue } from '../template/parameters.ts';
import { invalid } from '../template/template.ts';
import { requireStack } from './input.ts';

type Answer<T> = Omit<T, '$metadata'>;

/** The operations that look and change nothing. */
export function describeOperations(engine: Engine) {
  return {
    DescribeStacks: (input: DescribeStacksCommandInput): Answer<DescribeStacksCommandOutput> => {
      if (input.StackName) return { Stacks: [view(requireStack(engine, input.StackName))] };
      const live = newestFirst(engine).filter(({ status }) => status !== 'DELETE_COMPLETE');
      const { items, NextToken } = page(live, input.NextToken);
      return { Stacks: items.map(view), NextToken };
    },

    DescribeStackEvents: (
      input: DescribeStackEventsCommandInput,
    ): Answer<DescribeStackEventsCommandOutput> => {
      const stack = requireStack(engine, input.StackName, `Stack [${input.StackName}] does not exist`);
      const { items, NextToken } = page([...stack.events].reverse(), input.NextToken);
      return { StackEvents: items, NextToken };
    },

    DescribeStackResources: (
      input: DescribeStackResourcesCommandInput,
    ): Answer<DescribeStackResourcesCommandOutput> => {
      const owners = input.StackName
        ? [requireStack(engine, input.StackName)]
        : [...engine.stacks.values()].filter((stack) => owns(stack, input.PhysicalResourceId));
      if (owners.length === 0) throw invalid(`Stack for ${input.PhysicalResourceId} does not exist`);
      const wanted = ({ logicalId }: StackResource): boolean =>
        !input.LogicalResourceId || logicalId === input.LogicalResourceId;
      return {
        StackResources: owners.flatMap((stack) =>
          [...stack.resources.values()].filter(wanted).map((resource) => resourceView(stack, resource)),
        ),
      };
    },

    ListStackResources: (input: ListStackResourcesCommandInput): Answer<ListStackResourcesCommandOutput> => {
      const stack = requireStack(engine, input.StackName);
      const { items, NextToken } = page([...stack.resources.values()], input.NextToken);
      return {
        StackResourceSummaries: items.map((resource) => ({
          LogicalResourceId: resource.logicalId,
          PhysicalResourceId: resource.physicalId,
          ResourceType: resource.type,
          LastUpdatedTimestamp: resource.at,
          ResourceStatus: resource.status,
          ResourceStatusReason: resource.reason,
          DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
        })),
        NextToken,
      };
    },

    ListStacks: (input: ListStacksCommandInput): Answer<ListStacksCommandOutput> => {
      const wanted = input.StackStatusFilter ?? [];
      const stacks = newestFirst(engine).filter(
        ({ status }) => wanted.length === 0 || wanted.includes(status),
      );
      const { items, NextToken } = page(stacks, input.NextToken);
      return {
        StackSummaries: items.map((stack) => ({
          StackId: stack.id,
          StackName: stack.name,
          TemplateDescription: stack.model?.template.description,
          CreationTime: stack.createdAt,
          LastUpdatedTime: stack.updatedAt,
          DeletionTime: stack.deletedAt,
          StackStatus: stack.status,
          StackStatusReason: stack.reason,
          DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
        })),
        NextToken,
      };
    },

    ListExports: (input: ListExportsCommandInput): Answer<ListExportsCommandOutput> => {
      const { items, NextToken } = page(exportsOf(engine), input.NextToken);
      return {
        Exports: items.map(({ name, value, stack }) => ({
          ExportingStackId: stack.id,
          Name: name,
          Value: value,
        })),
        NextToken,
      };
    },
  };
}

const pageSize = 100;

function page<T>(items: readonly T[], token: string | undefined): { items: T[]; NextToken?: string } {
  const from = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(from)) throw invalid('NextToken is not valid');
  const next = from + pageSize;
  return { items: items.slice(from, next), ...(next < items.length ? { NextToken: String(next) } : {}) };
}

function newestFirst({ stacks }: Engine): Stack[] {
  return [...stacks.values()].reverse();
}

function owns(stack: Stack, physicalId: string | undefined): boolean {
  return [...stack.resources.values()].some((resource) => resource.physicalId === physicalId);
}

function view(stack: Stack): StackView {
  return {
    StackId: stack.id,
    StackName: stack.name,
    Description: stack.model?.template.description,
    Parameters: [...(stack.model?.parameters ?? [])].map(([name, value]) => parameterView(name, value)),
    CreationTime: stack.createdAt,
    LastUpdatedTime: stack.updatedAt,
    DeletionTime: stack.deletedAt,
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DisableRollback: stack.onFailure === 'DO_NOTHING',
    NotificationARNs: [],
    Capabilities: [...stack.capabilities],
    Outputs: [...stack.outputs],
    Tags: [...stack.tags],
    EnableTerminationProtection: stack.terminationProtection,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

export function parameterView(name: string, { text, noEcho, resolved }: ParameterValue): Parameter {
  return {
    ParameterKey: name,
    ParameterValue: noEcho ? '****' : text,
    ...(resolved === undefined ? {} : { ResolvedValue: noEcho ? '****' : resolved }),
  };
}

function resourceView(stack: Stack, resource: StackResource) {
  return {
    StackName: stack.name,
    StackId: stack.id,
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.type,
    Timestamp: resource.at,
    ResourceStatus: resource.status,
    ResourceStatusReason: resource.reason,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' as const },
  };
}
