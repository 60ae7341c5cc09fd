import type {
  Action,
  Certificate,
  CreateListenerInput,
  CreateListenerOutput,
  DeleteListenerInput,
  DescribeListenerAttributesInput,
  DescribeListenerAttributesOutput,
  DescribeListenersInput,
  DescribeListenersOutput,
  ModifyListenerAttributesInput,
  ModifyListenerAttributesOutput,
  ModifyListenerInput,
  ModifyListenerOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import { checkActions } from './actions.ts';
import { initialAttributes, listAttributes, listenerAttributes, withAttributes } from './attributes.ts';
import { describeListener } from './describe.ts';
import { describePage } from './describe-page.ts';
import { checkEndpoint, checkSecurity } from './listener-settings.ts';
import type { Elbv2State, StoredListener } from './state.ts';
import { defaultPriority, findListener, findLoadBalancer, listenersOf, rulesOf } from './state.ts';

export function listenerHandlers(state: Elbv2State) {
  return {
    CreateListener: (input: CreateListenerInput) => createListener(state, input),
    ModifyListener: (input: ModifyListenerInput) => modifyListener(state, input),
    DescribeListeners: (input: DescribeListenersInput): DescribeListenersOutput => {
      const { LoadBalancerArn, ListenerArns } = input;
      const found = ListenerArns?.length
        ? ListenerArns.map((arn) => findListener(state, arn))
        : listenersOf(state, findLoadBalancer(state, LoadBalancerArn).arn);
      const { items, NextMarker } = describePage(found, input, ({ port }) => String(port).padStart(5, '0'));
      return { Listeners: items.map((item) => describeListener(state, item)), NextMarker };
    },
    DeleteListener: ({ ListenerArn }: DeleteListenerInput): object => {
      dropListener(state, findListener(state, ListenerArn).arn);
      state.context.changed();
      return {};
    },
    DescribeListenerAttributes: (
      input: DescribeListenerAttributesInput,
    ): DescribeListenerAttributesOutput => ({
      Attributes: listAttributes(findListener(state, input.ListenerArn).attributes),
    }),
    ModifyListenerAttributes: (input: ModifyListenerAttributesInput): ModifyListenerAttributesOutput => {
      const stored = findListener(state, input.ListenerArn);
      stored.attributes = withAttributes(listenerAttributes, stored.attributes, input.Attributes ?? []);
      state.context.changed();
      return { Attributes: listAttributes(stored.attributes) };
    },
  };
}

/** With its rules and tags. */
export function dropListener(state: Elbv2State, arn: string): void {
  for (const rule of rulesOf(state, arn)) {
    state.rules.delete(rule.arn);
    state.tags.drop(rule.arn);
  }
  state.listeners.delete(arn);
  state.tags.drop(arn);
}

export function ruleArn({ context }: Elbv2State, listenerArn: string): string {
  return `${listenerArn.replace(':listener/', ':listener-rule/')}/${context.random.hex(16)}`;
}

function createListener(state: Elbv2State, input: CreateListenerInput): CreateListenerOutput {
  const loadBalancer = findLoadBalancer(state, input.LoadBalancerArn);
  const endpoint = checkEndpoint(input.Port, input.Protocol);
  const security = checkSecurity(state, endpoint.protocol, input);
  const actions = checkActions(state, loadBalancer, input.DefaultActions);
  const taken = listenersOf(state, loadBalancer.arn).find(({ port }) => port === endpoint.port);
  if (taken) return repeated(state, taken, { ...endpoint, ...security }, actions);
  const suffix = state.context.random.hex(16);
  const stored: StoredListener = {
    arn: `${loadBalancer.arn.replace(':loadbalancer/', ':listener/')}/${suffix}`,
    loadBalancerArn: loadBalancer.arn,
    ...endpoint,
    ...security,
    attributes: initialAttributes(listenerAttributes),
  };
  state.listeners.set(stored.arn, stored);
  writeDefaultRule(state, stored.arn, actions);
  state.tags.add(stored.arn, input.Tags ?? []);
  state.context.changed();
  return { Listeners: [describeListener(state, stored)] };
}

function writeDefaultRule(state: Elbv2State, listenerArn: string, actions: readonly Action[]): void {
  const existing = rulesOf(state, listenerArn).at(-1);
  if (existing) {
    existing.actions = actions;
    return;
  }
  const arn = ruleArn(state, listenerArn);
  state.rules.set(arn, { arn, listenerArn, priority: defaultPriority, conditions: [], actions });
}

type Settings = Pick<StoredListener, 'port' | 'protocol' | 'certificates' | 'sslPolicy'>;

/** The same call again gives what the first one made. */
function repeated(
  state: Elbv2State,
  taken: StoredListener,
  { protocol, certificates, sslPolicy, port }: Settings,
  actions: readonly Action[],
): CreateListenerOutput {
  const same =
    taken.protocol === protocol &&
    taken.sslPolicy === sslPolicy &&
    taken.certificates[0] === certificates[0] &&
    JSON.stringify(rulesOf(state, taken.arn).at(-1)?.actions) === JSON.stringify(actions);
  if (same) return { Listeners: [describeListener(state, taken)] };
  throw new AwsError(
    'DuplicateListener',
    `A listener already exists on this port for this load balancer '${taken.loadBalancerArn}' (port ${port})`,
  );
}

function modifyListener(state: Elbv2State, input: ModifyListenerInput): ModifyListenerOutput {
  const stored = findListener(state, input.ListenerArn);
  const loadBalancer = findLoadBalancer(state, stored.loadBalancerArn);
  const endpoint = checkEndpoint(input.Port ?? stored.port, input.Protocol ?? stored.protocol);
  const given: Certificate[] = stored.certificates.slice(0, 1).map((CertificateArn) => ({ CertificateArn }));
  const security = checkSecurity(state, endpoint.protocol, {
    Certificates: input.Certificates?.length ? input.Certificates : given,
    SslPolicy: input.SslPolicy ?? stored.sslPolicy,
  });
  const others = listenersOf(state, loadBalancer.arn).filter((other) => other !== stored);
  if (others.some(({ port }) => port === endpoint.port))
    throw new AwsError(
      'DuplicateListener',
      `A listener already exists on this port for this load balancer '${loadBalancer.arn}' (port ${endpoint.port})`,
    );
  const actions = input.DefaultActions && checkActions(state, loadBalancer, input.DefaultActions);
  if (actions) writeDefaultRule(state, stored.arn, actions);
  // Only the default certificate is replaced; the others of its list stay.
  const [certificate] = security.certificates;
  const kept = stored.certificates.slice(1).filter((arn) => arn !== certificate);
  const certificates = certificate ? [certificate, ...kept] : [];
  Object.assign(stored, { ...endpoint, ...security, certificates });
  state.context.changed();
  return { Listeners: [describeListener(state, stored)] };
}
