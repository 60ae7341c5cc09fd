import { debuglog } from 'node:util';
import type {
  CreateStackCommandInput,
  CreateStackCommandOutput,
  DeleteStackCommandInput,
  OnFailure,
  StackStatus,
  UpdateStackCommandInput,
  UpdateStackCommandOutput,
  UpdateTerminationProtectionCommandInput,
} from '@aws-sdk/client-cloudformation';
import { AwsError } from '../../service.ts';
import { createStack } from '../stack/create.ts';
import { deleteStack } from '../stack/delete.ts';
import type { Engine } from '../stack/engine.ts';
import { findStack } from '../stack/engine.ts';
import type { Model } from '../stack/model.ts';
import { preview } from '../stack/preview.ts';
import type { Run } from '../stack/run.ts';
import { createRun, tell } from '../stack/run.ts';
import type { Stack } from '../stack/stack.ts';
import { isBusy } from '../stack/stack.ts';
import { updateStack } from '../stack/update.ts';
import { invalid } from '../template/template.ts';
import { modelFrom, refuseUnsupported, requireStack, requireUpdatable } from './input.ts';

type Answer<T> = Omit<T, '$metadata'>;

/** The operations that begin work on a stack; the work itself goes on after they answered. */
export function lifecycleOperations(engine: Engine) {
  return {
    CreateStack: async (input: CreateStackCommandInput): Promise<Answer<CreateStackCommandOutput>> => {
      refuseUnsupported(input, createMembers);
      const stack = newStack(engine, input.StackName);
      const model = await modelFrom(engine, stack, input);
      refuseExisting(engine, stack.name);
      Object.assign(stack, {
        capabilities: input.Capabilities ?? [],
        onFailure: onFailureOf(input),
        terminationProtection: input.EnableTerminationProtection ?? false,
      });
      engine.stacks.set(stack.id, stack);
      beginCreate(engine, stack, model);
      return { StackId: stack.id };
    },

    UpdateStack: async (input: UpdateStackCommandInput): Promise<Answer<UpdateStackCommandOutput>> => {
      refuseUnsupported(input, updateMembers);
      const stack = requireStack(engine, input.StackName, `Stack [${input.StackName}] does not exist`);
      requireUpdatable(stack);
      const model = await modelFrom(engine, stack, input);
      const { any } = await preview(engine, stack, model);
      if (!any) throw invalid('No updates are to be performed.');
      requireUpdatable(stack);
      beginUpdate(engine, stack, model, input.Capabilities ?? []);
      return { StackId: stack.id };
    },

    /** Deleting what is not there succeeds. */
    DeleteStack: (input: DeleteStackCommandInput): Answer<object> => {
      refuseUnsupported(input, deleteMembers);
      const stack = findStack(engine, input.StackName);
      if (!stack || stack.status === 'DELETE_COMPLETE' || stack.status === 'DELETE_IN_PROGRESS') return {};
      if (stack.terminationProtection)
        throw invalid(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
      if (isBusy(stack))
        throw invalid(`Stack [${stack.name}] cannot be deleted while in status ${stack.status}`);
      const retain = input.RetainResources ?? [];
      if (retain.length > 0 && stack.status !== 'DELETE_FAILED')
        throw invalid('RetainResources can only be specified for stacks in DELETE_FAILED state');
      beginDelete(engine, stack, retain);
      return {};
    },

    UpdateTerminationProtection: (input: UpdateTerminationProtectionCommandInput): Answer<object> => {
      const stack = requireStack(engine, input.StackName, `Stack [${input.StackName}] does not exist`);
      stack.terminationProtection = input.EnableTerminationProtection ?? false;
      return { StackId: stack.id };
    },
  };
}

const templateMembers = ['StackName', 'TemplateBody', 'Parameters', 'Capabilities', 'Tags'];
const createMembers = [...templateMembers, 'DisableRollback', 'OnFailure', 'EnableTerminationProtection'];
const updateMembers = [...templateMembers, 'UsePreviousTemplate'];
const deleteMembers = ['StackName', 'RetainResources'];

export function newStack({ context }: Engine, name: string | undefined): Stack {
  if (name === undefined || !/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name))
    throw invalid(
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  const { accountId, region, random, clock } = context;
  return {
    id: `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${random.uuid()}`,
    name,
    createdAt: clock.now(),
    status: 'REVIEW_IN_PROGRESS',
    resources: new Map(),
    outputs: [],
    imports: new Set(),
    events: [],
    changeSets: new Map(),
    tags: [],
    capabilities: [],
    onFailure: 'ROLLBACK',
    terminationProtection: false,
  };
}

export function refuseExisting(engine: Engine, name: string): void {
  if (findStack(engine, name)) throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`);
}

function onFailureOf({ OnFailure: onFailure, DisableRollback }: CreateStackCommandInput): OnFailure {
  if (onFailure !== undefined && DisableRollback !== undefined)
    throw invalid('Only one of OnFailure and DisableRollback may be specified');
  return onFailure ?? (DisableRollback ? 'DO_NOTHING' : 'ROLLBACK');
}

export function beginCreate(engine: Engine, stack: Stack, model: Model): void {
  stack.model = model;
  stack.tags = model.tags;
  tell({ engine, stack }, 'CREATE_IN_PROGRESS', 'User Initiated');
  goOn(engine, stack, model, createStack, 'CREATE_FAILED');
}

export function beginUpdate(
  engine: Engine,
  stack: Stack,
  model: Model,
  capabilities: Stack['capabilities'],
): void {
  const previous = { model: stack.model, tags: stack.tags, capabilities: stack.capabilities };
  Object.assign(stack, { model, tags: model.tags, capabilities, updatedAt: engine.context.clock.now() });
  tell({ engine, stack }, 'UPDATE_IN_PROGRESS', 'User Initiated');
  const putBack = (): void => void Object.assign(stack, previous);
  goOn(engine, stack, model, (run) => updateStack(run, putBack), 'UPDATE_ROLLBACK_FAILED');
}

function beginDelete(engine: Engine, stack: Stack, retain: readonly string[]): void {
  tell({ engine, stack }, 'DELETE_IN_PROGRESS', 'User Initiated');
  const run = { engine, stack, token: engine.context.random.uuid(), cancel: new AbortController() };
  settle(run, deleteStack(run, retain), 'DELETE_FAILED');
}

function goOn(
  engine: Engine,
  stack: Stack,
  model: Model,
  work: (run: Run) => Promise<void>,
  failed: StackStatus,
): void {
  settle({ engine, stack }, createRun(engine, stack, model).then(work), failed);
}

const log = debuglog('stormproof:cloudformation');

/** A mistake of ours must not leave the stack in progress for ever. */
function settle(run: { engine: Engine; stack: Stack }, work: Promise<void>, failed: StackStatus): void {
  work.catch((error: unknown) => {
    log('%s: %o', run.stack.name, error);
    tell(run, failed, `Internal Failure: ${error instanceof Error ? error.message : String(error)}`);
  });
}
