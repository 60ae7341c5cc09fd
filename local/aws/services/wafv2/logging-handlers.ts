import type {
  DeleteLoggingConfigurationRequest,
  GetLoggingConfigurationRequest,
  GetLoggingConfigurationResponse,
  ListLoggingConfigurationsRequest,
  ListLoggingConfigurationsResponse,
  LoggingConfiguration,
  PutLoggingConfigurationRequest,
  PutLoggingConfigurationResponse,
} from '@aws-sdk/client-wafv2';
import { pageOf } from '../page.ts';
import { invalidParameter, nonexistent, reasons } from './errors.ts';
import { pageLimit } from './item.ts';
import type { Wafv2State } from './state.ts';

export function loggingHandlers(state: Wafv2State) {
  const { logging, webAcls } = state;
  return {
    PutLoggingConfiguration: (input: PutLoggingConfigurationRequest): PutLoggingConfigurationResponse => {
      const LoggingConfiguration = checked(state, input.LoggingConfiguration);
      logging.set(LoggingConfiguration.ResourceArn ?? '', LoggingConfiguration);
      return { LoggingConfiguration };
    },
    GetLoggingConfiguration: (input: GetLoggingConfigurationRequest): GetLoggingConfigurationResponse => ({
      LoggingConfiguration: find(state, input),
    }),
    DeleteLoggingConfiguration: (input: DeleteLoggingConfigurationRequest): object => {
      logging.delete(find(state, input).ResourceArn ?? '');
      return {};
    },
    ListLoggingConfigurations: (
      input: ListLoggingConfigurationsRequest,
    ): ListLoggingConfigurationsResponse => {
      const keyOf = ({ ResourceArn = '' }: LoggingConfiguration) => ResourceArn;
      const own = [...logging.values()].filter((one) => webAcls.get(keyOf(one))?.scope === input.Scope);
      const limit = pageLimit(input.Limit);
      const { items, next } = pageOf(input.LogScope && input.LogScope !== 'CUSTOMER' ? [] : own, {
        from: input.NextMarker,
        limit,
        keyOf,
      });
      return { LoggingConfigurations: items, NextMarker: next };
    },
  };
}

/** WAF Developer Guide, "Logging web ACL traffic": the destination's name begins with `aws-waf-logs-`. */
const destinations = [
  /^arn:aws:logs:[^:]+:\d+:log-group:aws-waf-logs-[^:]+(:\*)?$/,
  /^arn:aws:s3:::aws-waf-logs-[^/]+(\/.*)?$/,
  /^arn:aws:firehose:[^:]+:\d+:deliverystream\/aws-waf-logs-.+$/,
];

function checked(
  { webAcls, ports }: Wafv2State,
  given: LoggingConfiguration | undefined,
): LoggingConfiguration {
  const { ResourceArn = '', LogDestinationConfigs = [], RedactedFields, LoggingFilter } = given ?? {};
  if (!/^arn:aws:wafv2:[^:]+:\d+:(global|regional)\/webacl\//.test(ResourceArn))
    throw invalidParameter('RESOURCE_ARN', ResourceArn, reasons.notAnArn);
  if (!webAcls.has(ResourceArn)) throw nonexistent();
  const [destination = '', ...more] = LogDestinationConfigs;
  if (more.length > 0) throw invalidParameter('LOG_DESTINATION', 'LogDestinationConfigs', reasons.exactlyOne);
  if (!destinations.some((pattern) => pattern.test(destination)))
    throw invalidParameter('LOG_DESTINATION', destination, reasons.notAnArn);
  if (ports.logDestinationExists?.(destination) === false) throw nonexistent();
  // The log's lines are delivered whole: to promise less would be untrue.
  if (LoggingFilter) throw invalidParameter('LOGGING_FILTER', 'LoggingFilter', 'Filters are not available.');
  if (RedactedFields?.length)
    throw invalidParameter('FIELD_TO_MATCH', 'RedactedFields', 'Redaction is not available.');
  if ((given?.LogScope ?? 'CUSTOMER') !== 'CUSTOMER')
    throw invalidParameter('SCOPE_VALUE', String(given?.LogScope), reasons.scope);
  return {
    ResourceArn,
    LogDestinationConfigs: [destination],
    ManagedByFirewallManager: false,
    LogType: 'WAF_LOGS',
    LogScope: 'CUSTOMER',
  };
}

function find({ logging }: Wafv2State, input: GetLoggingConfigurationRequest): LoggingConfiguration {
  const found = logging.get(input.ResourceArn ?? '');
  if (!found || (input.LogScope ?? 'CUSTOMER') !== 'CUSTOMER') throw nonexistent();
  return found;
}
