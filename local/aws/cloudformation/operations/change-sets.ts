import type {
  CreateChangeSetCommandInput,
  CreateChangeSetCommandOutput,
  DeleteChangeSetCommandInput,
  DescribeChangeSetCommandInput,
  DescribeChangeSetCommandOutput,
  ExecuteChangeSetCommandInput,
  ListChangeSetsCommandInput,
  ListChangeSetsCommandOutput,
} from '@aws-sdk/client-cloudformation';
import { AwsError } from '../../service.ts';
import type { ChangeSet } from '../stack/change-set.ts';
import type { Engine } from '../stack/engine.ts';
import { findStack } from '../stack/engine.ts';
import { preview } from '../stack/preview.ts';
import { tell } from '../stack/run.ts';
import type { Stack } from '../stack/stack.ts';
import { invalid } from '../template/template.ts';
import { parameterView } from './describe.ts';
import { modelFrom, refuseUnsupported, requireStack, requireUpdatable } from './input.ts';
import { beginCreate, beginUpdate, newStack, refuseExisting } from './lifecycle.ts';

type Answer<T> = Omit<T, '$metadata'>;

/** Change sets: what `aws cloudformation deploy` and careful people use. */
export function changeSetOperations(engine: Engine) {
  return {
    CreateChangeSet: async (
      input: CreateChangeSetCommandInput,
    ): Promise<Answer<CreateChangeSetCommandOutput>> => {
      refuseUnsupported(input, createMembers);
      const type = input.ChangeSetType ?? 'UPDATE';
      const stack =
        type === 'CREATE' ? reviewed(engine, input.StackName) : updatable(engine, input.StackName);
      if (stack.changeSets.has(String(input.ChangeSetName)))
        throw new AwsError('AlreadyExistsException', `ChangeSet ${input.ChangeSetName} already exists`);
      const model = await modelFrom(engine, stack, input);
      const changeSet: ChangeSet = {
        id: `${stack.id.replace(/:stack\/.*/, '')}:changeSet/${input.ChangeSetName}/${engine.context.random.uuid()}`,
        name: String(input.ChangeSetName),
        type,
        description: input.Description,
        createdAt: engine.context.clock.now(),
        model,
        capabilities: input.Capabilities ?? [],
        status: 'CREATE_COMPLETE',
        execution: 'AVAILABLE',
        changes: [],
      };
      await look(engine, stack, changeSet);
      if (!engine.stacks.has(stack.id)) register(engine, stack);
      stack.changeSets.set(changeSet.name, changeSet);
      return { Id: changeSet.id, StackId: stack.id };
    },

    DescribeChangeSet: (input: DescribeChangeSetCommandInput): Answer<DescribeChangeSetCommandOutput> => {
      const { stack, changeSet } = requireChangeSet(engine, input);
      const { model } = changeSet;
      return {
        ...summary(stack, changeSet),
        Parameters: [...model.parameters].map(([name, value]) => parameterView(name, value)),
        Capabilities: [...changeSet.capabilities],
        Tags: [...model.tags],
        Changes: [...changeSet.changes],
        NotificationARNs: [],
      };
    },

    ListChangeSets: (input: ListChangeSetsCommandInput): Answer<ListChangeSetsCommandOutput> => {
      const stack = requireStack(engine, input.StackName, `Stack [${input.StackName}] does not exist`);
      return { Summaries: [...stack.changeSets.values()].map((changeSet) => summary(stack, changeSet)) };
    },

    ExecuteChangeSet: (input: ExecuteChangeSetCommandInput): Answer<object> => {
      refuseUnsupported(input, ['ChangeSetName', 'StackName']);
      const { stack, changeSet } = requireChangeSet(engine, input);
      if (changeSet.execution !== 'AVAILABLE')
        throw new AwsError(
          'InvalidChangeSetStatus',
          `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`,
        );
      if (changeSet.type === 'UPDATE') requireUpdatable(stack);
      // What was previewed against the stack as it was no longer holds for any of the others.
      stack.changeSets.clear();
      if (changeSet.type === 'UPDATE') beginUpdate(engine, stack, changeSet.model, changeSet.capabilities);
      else {
        stack.capabilities = changeSet.capabilities;
        beginCreate(engine, stack, changeSet.model);
      }
      return {};
    },

    DeleteChangeSet: (input: DeleteChangeSetCommandInput): Answer<object> => {
      const { stack, changeSet } = requireChangeSet(engine, input);
      stack.changeSets.delete(changeSet.name);
      return {};
    },
  };
}

const createMembers = [
  'StackName',
  'ChangeSetName',
  'ChangeSetType',
  'Description',
  'TemplateBody',
  'UsePreviousTemplate',
  'Parameters',
  'Capabilities',
  'Tags',
];

/** A stack that so far has change sets only. */
function reviewed(engine: Engine, name: string | undefined): Stack {
  const existing = findStack(engine, name);
  if (existing?.status === 'REVIEW_IN_PROGRESS') return existing;
  refuseExisting(engine, String(name));
  return newStack(engine, name);
}

function register(engine: Engine, stack: Stack): void {
  refuseExisting(engine, stack.name);
  engine.stacks.set(stack.id, stack);
  tell({ engine, stack }, 'REVIEW_IN_PROGRESS', 'User Initiated');
}

function updatable(engine: Engine, name: string | undefined): Stack {
  const stack = requireStack(engine, name, `Stack [${name}] does not exist`);
  requireUpdatable(stack);
  return stack;
}

async function look(engine: Engine, stack: Stack, changeSet: ChangeSet): Promise<void> {
  const { changes, any } = await preview(engine, stack, changeSet.model);
  changeSet.changes = changes;
  if (any) return;
  changeSet.status = 'FAILED';
  changeSet.execution = 'UNAVAILABLE';
  changeSet.reason =
    "The submitted information didn't contain changes. Submit different information to create a change set.";
}

function requireChangeSet(
  engine: Engine,
  { StackName, ChangeSetName }: { StackName?: string; ChangeSetName?: string },
): { stack: Stack; changeSet: ChangeSet } {
  const stacks = StackName
    ? [requireStack(engine, StackName, `Stack [${StackName}] does not exist`)]
    : [...engine.stacks.values()];
  for (const stack of stacks)
    for (const changeSet of stack.changeSets.values())
      if ([changeSet.name, changeSet.id].includes(String(ChangeSetName))) return { stack, changeSet };
  throw ChangeSetName
    ? new AwsError('ChangeSetNotFound', `ChangeSet [${ChangeSetName}] does not exist`)
    : invalid('ChangeSetName is required');
}

function summary(stack: Stack, changeSet: ChangeSet) {
  return {
    StackId: stack.id,
    StackName: stack.name,
    ChangeSetId: changeSet.id,
    ChangeSetName: changeSet.name,
    Description: changeSet.description,
    CreationTime: changeSet.createdAt,
    Status: changeSet.status,
    StatusReason: changeSet.reason,
    ExecutionStatus: changeSet.execution,
  };
}
