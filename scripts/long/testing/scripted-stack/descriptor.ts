import { offlineDescriptor } from '../../../../fixtures/runner/testing/offline-descriptor.ts';
import type { StackDescriptor } from '../../../../provisioning/stack.ts';
import { names } from './world.ts';

/** What the scripted stack says it can do: everything that the embedded one can. */
export const scriptedDescriptor = {
  id: 'scripted',
  speed: 1000,
  resources: { ...offlineDescriptor().resources, edgeWebAclArn: names.edgeWebAcl },
  capabilities: [
    'failover',
    'pods-as-processes',
    'break-network',
    'break-dns',
    'break-aws-api',
    'break-telemetry',
    'break-pods',
    'break-nodes',
    'break-database',
    'database-volumes',
  ],
} as const satisfies Partial<StackDescriptor>;
