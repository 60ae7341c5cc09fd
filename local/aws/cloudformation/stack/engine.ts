import type { ServiceContext } from '../../service.ts';
import type { ServiceName } from '../resources/resource-type.ts';
import { noValue } from '../template/intrinsics.ts';
import { invalid } from '../template/template.ts';
import type { Stack } from './stack.ts';

/** What every operation on stacks needs. */
export interface Engine {
  readonly context: ServiceContext;
  readonly call: (service: ServiceName, operation: string, input: object) => Promise<object>;
  /** By stack ID, deleted ones included. */
  readonly stacks: Map<string, Stack>;
}

export function pseudoParameter(
  { context }: Engine,
  stack: Pick<Stack, 'id' | 'name'>,
  name: string,
): unknown {
  const values: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': context.accountId,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': noValue,
    'AWS::Partition': 'aws',
    'AWS::Region': context.region,
    'AWS::StackId': stack.id,
    'AWS::StackName': stack.name,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  if (name in values) return values[name];
  throw invalid(
    `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
  );
}

export interface Exported {
  readonly name: string;
  readonly value: string;
  readonly stack: Stack;
}

export function exportsOf({ stacks }: Engine): Exported[] {
  return [...stacks.values()].flatMap((stack) =>
    stack.outputs
      .filter(({ ExportName }) => ExportName !== undefined)
      .map(({ ExportName, OutputValue }) => ({
        name: String(ExportName),
        value: String(OutputValue),
        stack,
      })),
  );
}

/** The stack with that name that is not deleted, or the one with that ID whatever became of it. */
export function findStack({ stacks }: Engine, nameOrId: string | undefined): Stack | undefined {
  if (nameOrId?.startsWith('arn:')) return stacks.get(nameOrId);
  return [...stacks.values()].find(({ name, status }) => name === nameOrId && status !== 'DELETE_COMPLETE');
}
