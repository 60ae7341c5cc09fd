import type { Parameter } from '@aws-sdk/client-rds';
import { invalidCombination, invalidValue } from './errors.ts';

/** The parameters of PostgreSQL that groups here know, with RDS's defaults (DescribeEngineDefaultParameters, postgres18). */
export const knownParameters: readonly Parameter[] = [
  integer('deadlock_timeout', 'dynamic', '1-2147483647', undefined),
  fixed('fsync', '1'),
  integer('idle_in_transaction_session_timeout', 'dynamic', '0-2147483647', '86400000'),
  integer('lock_timeout', 'dynamic', '0-2147483647', undefined),
  boolean('log_connections', 'dynamic', undefined),
  boolean('log_disconnections', 'dynamic', undefined),
  integer('log_min_duration_statement', 'dynamic', '-1-2147483647', undefined),
  enumerated('log_statement', 'dynamic', 'none,ddl,mod,all', undefined),
  integer('maintenance_work_mem', 'dynamic', '1024-2147483647', undefined),
  integer('max_connections', 'static', '6-8388607', 'LEAST({DBInstanceClassMemory/9531392},5000)'),
  integer('max_locks_per_transaction', 'static', '10-2147483647', undefined),
  boolean('rds.force_ssl', 'dynamic', '1'),
  integer('shared_buffers', 'static', '16-1073741823', '{DBInstanceClassMemory/32768}'),
  integer('statement_timeout', 'dynamic', '0-2147483647', undefined),
  enumerated('synchronous_commit', 'dynamic', 'on,off,local,remote_write,remote_apply', 'on'),
  integer('tcp_keepalives_count', 'dynamic', '0-2147483647', '2'),
  integer('tcp_keepalives_idle', 'dynamic', '0-2147483647', '300'),
  integer('tcp_keepalives_interval', 'dynamic', '0-2147483647', '30'),
  integer('work_mem', 'dynamic', '64-2147483647', undefined),
];

export function isDynamic(name: string): boolean {
  return knownParameters.some(
    (parameter) => parameter.ParameterName === name && parameter.ApplyType === 'dynamic',
  );
}

export function checkParameter({ ParameterName, ParameterValue = '', ApplyMethod }: Parameter): void {
  const known = knownParameters.find((parameter) => parameter.ParameterName === ParameterName);
  if (!known) throw invalidValue(`Could not find parameter with name: ${ParameterName}`);
  if (!known.IsModifiable) throw invalidValue(`The parameter ${ParameterName} cannot be modified.`);
  if (known.ApplyType === 'static' && ApplyMethod === 'immediate')
    throw invalidCombination('cannot use immediate apply method for static parameter');
  if (!isAllowed(known, ParameterValue))
    throw invalidValue(
      known.DataType === 'integer'
        ? `Value: ${ParameterValue} is outside of range: ${known.AllowedValues} for parameter: ${ParameterName}`
        : `Invalid parameter value: ${ParameterValue} for: ${ParameterName} allowed values are: ${known.AllowedValues}`,
    );
}

function isAllowed({ DataType, AllowedValues = '' }: Parameter, value: string): boolean {
  if (DataType !== 'integer') return AllowedValues.split(',').includes(value);
  const [, low, high] = /^(-?\d+)-(\d+)$/.exec(AllowedValues) ?? [];
  return /^-?\d+$/.test(value) && Number(value) >= Number(low) && Number(value) <= Number(high);
}

type ApplyType = 'dynamic' | 'static';

function integer(name: string, applyType: ApplyType, range: string, value: string | undefined): Parameter {
  return parameter(name, applyType, 'integer', range, value);
}

function boolean(name: string, applyType: ApplyType, value: string | undefined): Parameter {
  return parameter(name, applyType, 'boolean', '0,1', value);
}

function enumerated(
  name: string,
  applyType: ApplyType,
  values: string,
  value: string | undefined,
): Parameter {
  return parameter(name, applyType, 'string', values, value);
}

function fixed(name: string, value: string): Parameter {
  return { ...boolean(name, 'static', value), IsModifiable: false };
}

function parameter(
  ParameterName: string,
  ApplyType: ApplyType,
  DataType: string,
  AllowedValues: string,
  ParameterValue: string | undefined,
): Parameter {
  return {
    ParameterName,
    ParameterValue,
    ApplyType,
    DataType,
    AllowedValues,
    IsModifiable: true,
    Source: ParameterValue === undefined ? 'engine-default' : 'system',
    ApplyMethod: 'pending-reboot',
  };
}
