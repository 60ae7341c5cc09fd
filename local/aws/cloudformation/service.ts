import * as cloudformation from '@aws-sdk/client-cloudformation';
import type { AwsService, ServiceContext } from '../service.ts';
import { changeSetOperations } from './operations/change-sets.ts';
import { describeOperations } from './operations/describe.ts';
import { lifecycleOperations } from './operations/lifecycle.ts';
import { templateOperations } from './operations/templates.ts';
import type { Engine } from './stack/engine.ts';

export interface CloudFormationPorts {
  /** Calls another service's operation without a socket: the gateway's own door. Rejects with its `AwsError`. */
  call(service: string, operation: string, input: object): Promise<object>;
}

/** CloudFormation over the gateway's other services: it has no way to make a resource that a client has not. */
export function createCloudFormationService(context: ServiceContext, ports: CloudFormationPorts): AwsService {
  const engine: Engine = {
    context,
    call: (service, operation, input) => ports.call(service, operation, input),
    stacks: new Map(),
  };
  return {
    sdk: cloudformation,
    client: cloudformation.CloudFormationClient,
    handlers: {
      ...lifecycleOperations(engine),
      ...describeOperations(engine),
      ...templateOperations(engine),
      ...changeSetOperations(engine),
    },
  };
}
