import type { Attributes } from './state.ts';
import { invalid } from './state.ts';

interface Attribute {
  readonly initial: string;
  readonly allows: RegExp | readonly [least: number, most: number];
}

export type AttributeTable = Readonly<Record<string, Attribute>>;

export function initialAttributes(table: AttributeTable): Attributes {
  return Object.fromEntries(Object.entries(table).map(([key, { initial }]) => [key, initial]));
}

/** The attributes with the changes in them, or ELB's error for the first that is wrong. */
export function withAttributes(
  table: AttributeTable,
  current: Attributes,
  changes: readonly { Key?: string | undefined; Value?: string | undefined }[],
): Attributes {
  const result = { ...current };
  for (const { Key = '', Value = '' } of changes) {
    const attribute = table[Key];
    if (!attribute) throw invalid(`Attribute key '${Key}' is not recognized`);
    if (!allows(attribute, Value)) throw invalid(`Attribute value '${Value}' is not valid for key '${Key}'`);
    result[Key] = Value;
  }
  return result;
}

export function listAttributes(attributes: Attributes): { Key: string; Value: string }[] {
  return Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
}

function allows({ allows: allowed }: Attribute, value: string): boolean {
  if (allowed instanceof RegExp) return allowed.test(value);
  const [least, most] = allowed;
  return /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most;
}

const onOff = (initial: 'true' | 'false'): Attribute => ({ initial, allows: /^(true|false)$/ });
const range = (initial: number, least: number, most: number): Attribute => ({
  initial: String(initial),
  allows: [least, most],
});
const oneOf = (initial: string, ...values: string[]): Attribute => ({
  initial,
  allows: new RegExp(`^(${values.join('|')})$`),
});
const text: Attribute = { initial: '', allows: /^.{0,1024}$/ };

/** ELB API reference, LoadBalancerAttribute: those of an Application Load Balancer. */
export const loadBalancerAttributes: AttributeTable = {
  'access_logs.s3.enabled': onOff('false'),
  'access_logs.s3.bucket': text,
  'access_logs.s3.prefix': text,
  'client_keep_alive.seconds': range(3600, 60, 604_800),
  'connection_logs.s3.enabled': onOff('false'),
  'connection_logs.s3.bucket': text,
  'connection_logs.s3.prefix': text,
  'deletion_protection.enabled': onOff('false'),
  'idle_timeout.timeout_seconds': range(60, 1, 4000),
  'ipv6.deny_all_igw_traffic': onOff('false'),
  // Cannot be turned off for an Application Load Balancer.
  'load_balancing.cross_zone.enabled': oneOf('true', 'true'),
  'routing.http.desync_mitigation_mode': oneOf('defensive', 'monitor', 'defensive', 'strictest'),
  'routing.http.drop_invalid_header_fields.enabled': onOff('false'),
  'routing.http.preserve_host_header.enabled': onOff('false'),
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': onOff('false'),
  'routing.http.xff_client_port.enabled': onOff('false'),
  'routing.http.xff_header_processing.mode': oneOf('append', 'append', 'preserve', 'remove'),
  'routing.http2.enabled': onOff('true'),
  'waf.fail_open.enabled': onOff('false'),
  'zonal_shift.config.enabled': onOff('false'),
};

/** ELB API reference, TargetGroupAttribute: those of instance and IP targets of an Application Load Balancer. */
export const targetGroupAttributes: AttributeTable = {
  'deregistration_delay.timeout_seconds': range(300, 0, 3600),
  'load_balancing.algorithm.anomaly_mitigation': oneOf('off', 'on', 'off'),
  'load_balancing.algorithm.type': oneOf(
    'round_robin',
    'round_robin',
    'least_outstanding_requests',
    'weighted_random',
  ),
  'load_balancing.cross_zone.enabled': oneOf(
    'use_load_balancer_configuration',
    'true',
    'false',
    'use_load_balancer_configuration',
  ),
  'slow_start.duration_seconds': { initial: '0', allows: /^(0|[3-9]\d|[1-8]\d\d|900)$/ },
  'stickiness.app_cookie.cookie_name': { initial: '', allows: /^(?!AWSALB).*$/ },
  'stickiness.app_cookie.duration_seconds': range(86_400, 1, 604_800),
  'stickiness.enabled': onOff('false'),
  'stickiness.lb_cookie.duration_seconds': range(86_400, 1, 604_800),
  'stickiness.type': oneOf('lb_cookie', 'lb_cookie', 'app_cookie'),
  'target_group_health.dns_failover.minimum_healthy_targets.count': {
    initial: '1',
    allows: /^(off|[1-9]\d*)$/,
  },
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': {
    initial: 'off',
    allows: /^(off|[1-9]\d?|100)$/,
  },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': {
    initial: '1',
    allows: /^[1-9]\d*$/,
  },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': {
    initial: 'off',
    allows: /^(off|[1-9]\d?|100)$/,
  },
};

/** ELB API reference, ListenerAttribute: the response headers; the mTLS and TLS request headers are not here. */
export const listenerAttributes: AttributeTable = {
  'routing.http.response.server.enabled': onOff('true'),
  'routing.http.response.strict_transport_security.header_value': text,
  'routing.http.response.access_control_allow_origin.header_value': text,
  'routing.http.response.access_control_allow_methods.header_value': text,
  'routing.http.response.access_control_allow_headers.header_value': text,
  'routing.http.response.access_control_allow_credentials.header_value': text,
  'routing.http.response.access_control_expose_headers.header_value': text,
  'routing.http.response.access_control_max_age.header_value': text,
  'routing.http.response.content_security_policy.header_value': text,
  'routing.http.response.x_content_type_options.header_value': text,
  'routing.http.response.x_frame_options.header_value': text,
};
