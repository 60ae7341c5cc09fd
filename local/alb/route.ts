import type { Action, Rule } from '@aws-sdk/client-elastic-load-balancing-v2';
import { meets } from './condition.ts';
import type { RequestHead } from './request-head.ts';

/** The action of the first rule, by priority, whose conditions are all met; the default rule stands last. */
export function route(rules: readonly Rule[], request: RequestHead): Action | undefined {
  const rule = rules
    .toSorted((a, b) => rank(a) - rank(b))
    .find(({ IsDefault, Conditions = [] }) => IsDefault || Conditions.every((one) => meets(one, request)));
  return rule?.Actions?.toSorted((a, b) => (a.Order ?? 0) - (b.Order ?? 0)).at(-1);
}

/** Chooses a target group by weight; `random` is uniform in [0, 1). Weight 0 gets nothing. */
export function chooseTargetGroup(action: Action, random: () => number): string | undefined {
  const groups = action.ForwardConfig?.TargetGroups ?? [];
  if (groups.length < 2) return groups[0]?.TargetGroupArn ?? action.TargetGroupArn;
  let left = random() * groups.reduce((total, { Weight = 1 }) => total + Weight, 0);
  for (const { TargetGroupArn, Weight = 1 } of groups) {
    left -= Weight;
    if (left < 0) return TargetGroupArn;
  }
  return undefined;
}

/** Every target group that some rule may forward to. */
export function targetGroupsOf(rules: readonly Rule[]): string[] {
  return rules.flatMap(({ Actions = [] }) =>
    Actions.flatMap(({ TargetGroupArn, ForwardConfig }) => [
      ...(TargetGroupArn ? [TargetGroupArn] : []),
      ...(ForwardConfig?.TargetGroups ?? []).flatMap((group) => group.TargetGroupArn ?? []),
    ]),
  );
}

function rank({ IsDefault, Priority }: Rule): number {
  return IsDefault || Priority === 'default' ? Number.POSITIVE_INFINITY : Number(Priority);
}
