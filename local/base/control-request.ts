import type { PlaneFault } from './plane-fault.ts';

/** Defects of a deployment that no API of AWS or Kubernetes can put in. */
export const defectNames = [
  'asynchronous-standby',
  'standby-cannot-be-promoted',
  'old-primary-not-fenced',
  'old-primary-keeps-sessions',
  'commits-before-durable',
  'automatic-failover-off',
  'endpoint-does-not-move',
  'endpoint-with-long-ttl',
  'archive-loses-a-segment',
  'restore-ignores-target-time',
  'new-load-balancers-get-no-targets',
] as const;
export type DefectName = (typeof defectNames)[number];

export type ControlRequest =
  | { readonly call: 'set-defect'; readonly name: DefectName; readonly on: boolean }
  | { readonly call: 'break'; readonly id: string; readonly fault: PlaneFault }
  | { readonly call: 'mend'; readonly id: string }
  | { readonly call: 'down' };

/** What is broken now: the answer to GET. */
export interface ControlState {
  readonly broken: readonly { readonly id: string; readonly fault: PlaneFault }[];
}
