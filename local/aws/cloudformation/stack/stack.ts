import type {
  Capability,
  OnFailure,
  Output,
  ResourceStatus,
  StackEvent,
  StackStatus,
  Tag,
} from '@aws-sdk/client-cloudformation';
import type { ChangeSet } from './change-set.ts';
import type { Model } from './model.ts';

export interface Stack {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  updatedAt?: Date;
  deletedAt?: Date;
  status: StackStatus;
  reason?: string;
  /** The template in force with its parameters; absent before a CREATE change set is executed. */
  model?: Model;
  /** By logical ID, deleted ones included until an update forgets them. */
  readonly resources: Map<string, StackResource>;
  outputs: readonly Output[];
  /** Names of other stacks' exports that this one uses. */
  imports: ReadonlySet<string>;
  /** Oldest first. */
  readonly events: StackEvent[];
  readonly changeSets: Map<string, ChangeSet>;
  tags: readonly Tag[];
  capabilities: readonly Capability[];
  onFailure: OnFailure;
  terminationProtection: boolean;
}

/** One version of one resource: never changed in place, so that an update can go back to what was. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  readonly status: ResourceStatus;
  readonly reason?: string;
  readonly at: Date;
  /** As evaluated; dynamic references stay unresolved, so that no secret is kept here. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string;
  readonly updateReplacePolicy: string;
  /** Logical IDs of what must outlive it. */
  readonly needs: readonly string[];
}

export function setStatus(
  stack: Stack,
  status: StackStatus,
  at: Date,
  eventId: string,
  reason?: string,
): void {
  stack.status = status;
  stack.reason = reason;
  stack.events.push({
    StackId: stack.id,
    StackName: stack.name,
    EventId: eventId,
    LogicalResourceId: stack.name,
    PhysicalResourceId: stack.id,
    ResourceType: 'AWS::CloudFormation::Stack',
    Timestamp: at,
    ResourceStatus: status as ResourceStatus,
    ResourceStatusReason: reason,
  });
}

/** Puts the record in force and tells it as an event. */
export function setResource(stack: Stack, resource: StackResource): void {
  stack.resources.set(resource.logicalId, resource);
  tellResource(stack, resource);
}

/** An event of a resource that is no longer the one in force under its name. */
export function tellResource(stack: Stack, resource: StackResource): void {
  const { logicalId, status, at } = resource;
  stack.events.push({
    StackId: stack.id,
    StackName: stack.name,
    EventId: `${logicalId}-${status}-${at.toISOString()}`,
    LogicalResourceId: logicalId,
    PhysicalResourceId: resource.physicalId ?? '',
    ResourceType: resource.type,
    Timestamp: at,
    ResourceStatus: status,
    ResourceStatusReason: resource.reason,
  });
}

export function isBusy({ status }: Stack): boolean {
  return status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS';
}
