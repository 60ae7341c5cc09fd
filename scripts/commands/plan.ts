import { isAlive } from '../../provisioning/control.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import type { DisruptionOptions } from '../disruption.ts';
import { disruptionPolicy } from '../disruption.ts';
import { expectedRun } from '../expected-run.ts';
import { planRun } from '../plan.ts';
import { renderPlan, shownPlan } from '../shown-plan.ts';
import { readStackFile } from '../stack-file.ts';
import type { JsonOption, StackOptions } from './options.ts';
import { latestReport } from './report.ts';

export interface PlanCommandOptions extends StackOptions, DisruptionOptions, JsonOption {
  readonly only?: readonly string[];
}

/** What `run` would do with the same options, from the files alone: the deployment is not asked. */
export async function plan(options: PlanCommandOptions): Promise<number> {
  const deployment = readDeployment(options.deployment);
  const left = readStackFile();
  const descriptor = left && (await isAlive(left)) ? left : undefined;
  const { stack: preset, only } = options;
  const planned = planRun({
    deployment,
    only,
    leaveOut: disruptionPolicy(
      { preset, environment: deployment.environment, ...deployment.safety },
      options,
    ),
  });
  const on = { capabilities: descriptor?.capabilities };
  const selected = planned.selected(on);
  const speed = descriptor?.speed ?? options.speed;
  const shown = shownPlan({
    deployment,
    descriptor,
    preset,
    speed,
    selected,
    settled: planned.settled(on),
    expected: expectedRun(selected, { deployment, speed, last: latestReport() }),
    now: new Date(),
  });
  process.stdout.write(options.json ? `${JSON.stringify(shown, undefined, 2)}\n` : renderPlan(shown));
  return 0;
}
