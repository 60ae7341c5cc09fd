/** Defects of a deployment that no API of AWS or Kubernetes can put in. */
export const defectNames = [
  'asynchronous-standby',
  'standby-cannot-be-promoted',
  'old-primary-not-fenced',
  'new-load-balancers-get-no-targets',
] as const;
export type DefectName = (typeof defectNames)[number];

export type ControlRequest =
  | { readonly call: 'set-defect'; readonly name: DefectName; readonly on: boolean }
  | { readonly call: 'kill-pod'; readonly namespace: string; readonly name: string }
  | { readonly call: 'down' };
