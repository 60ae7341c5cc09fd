import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';

/** What one health check saw. */
export type CheckResult =
  | { readonly kind: 'passed' }
  | { readonly kind: 'wrong-code'; readonly status: number }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'failed' };

export interface HealthState {
  readonly health: TargetHealth;
  /** Checks in a row that ended as the last one did. */
  readonly passes: number;
  readonly failures: number;
}

export interface Thresholds {
  readonly healthy: number;
  readonly unhealthy: number;
}

/** Descriptions as DescribeTargetHealth gives them (ELB User Guide, "Health check reason codes"). */
export const registering: HealthState = start({
  State: 'initial',
  Reason: 'Elb.RegistrationInProgress',
  Description: 'Target registration is in progress',
});

export const checking: HealthState = start({
  State: 'initial',
  Reason: 'Elb.InitialHealthChecking',
  Description: 'Initial health checks in progress',
});

export const draining: TargetHealth = {
  State: 'draining',
  Reason: 'Target.DeregistrationInProgress',
  Description: 'Target deregistration is in progress',
};

export const unused: TargetHealth = {
  State: 'unused',
  Reason: 'Target.NotInUse',
  Description: 'Target group is not configured to receive traffic from the load balancer',
};

/** The state after a check. A new target is healthy after one that passed, whatever the threshold. */
export function afterCheck(state: HealthState, result: CheckResult, thresholds: Thresholds): HealthState {
  if (result.kind === 'passed') {
    const passes = state.passes + 1;
    const enough = state.health.State === 'initial' || passes >= thresholds.healthy;
    return { health: enough ? { State: 'healthy' } : state.health, passes, failures: 0 };
  }
  const failures = state.failures + 1;
  const down = state.health.State === 'unhealthy' || failures >= thresholds.unhealthy;
  return { health: down ? unhealthy(result) : state.health, passes: 0, failures };
}

function unhealthy(result: Exclude<CheckResult, { kind: 'passed' }>): TargetHealth {
  switch (result.kind) {
    case 'wrong-code':
      return {
        State: 'unhealthy',
        Reason: 'Target.ResponseCodeMismatch',
        Description: `Health checks failed with these codes: [${result.status}]`,
      };
    case 'timeout':
      return { State: 'unhealthy', Reason: 'Target.Timeout', Description: 'Request timed out' };
    case 'failed':
      return {
        State: 'unhealthy',
        Reason: 'Target.FailedHealthChecks',
        Description: 'Health checks failed',
      };
  }
}

function start(health: TargetHealth): HealthState {
  return { health, passes: 0, failures: 0 };
}
