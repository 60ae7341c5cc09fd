import { AwsError } from '../../service.ts';

interface TextConstraint {
  readonly max: number;
  readonly pattern?: RegExp;
}

/** WAF API reference, the constraints of each data type, which the SDK's schemas do not carry. */
export const texts = {
  entityName: { max: 128, pattern: /^[\w-]+$/ },
  description: { max: 256, pattern: /^[\w+=:#@/\-,.][\w+=:#@/\-,.\s]+[\w+=:#@/\-,.]$/ },
  metricName: { max: 255, pattern: /^[\w#:./-]+$/ },
  label: { max: 1024, pattern: /^[0-9A-Za-z_:-]+$/ },
  headerName: { max: 64, pattern: /^[a-zA-Z0-9._$-]+$/ },
  headerValue: { max: 255 },
  regex: { max: 512 },
} satisfies Record<string, TextConstraint>;

export function* textViolations(
  at: string,
  value: string | undefined,
  { max, pattern }: TextConstraint,
): Generator<string> {
  if (value === undefined) return;
  if (value.length < 1) yield violation(at, value, 'Member must have length greater than or equal to 1');
  if (value.length > max) yield violation(at, value, `Member must have length less than or equal to ${max}`);
  if (pattern && !pattern.test(value))
    yield violation(at, value, `Member must satisfy regular expression pattern: ${pattern.source}`);
}

export function* rangeViolations(
  at: string,
  value: number | undefined,
  [min, max]: readonly [number, number],
): Generator<string> {
  if (value === undefined) return;
  if (value < min) yield violation(at, value, `Member must have value greater than or equal to ${min}`);
  if (value > max) yield violation(at, value, `Member must have value less than or equal to ${max}`);
}

/** Tells all violations at once, as AWS's own validation does. */
export function refuse(violations: Iterable<string>): void {
  const all = [...violations];
  if (all.length === 0) return;
  const count = `${all.length} validation error${all.length === 1 ? '' : 's'} detected`;
  throw new AwsError('ValidationException', `${count}: ${all.join('; ')}`);
}

function violation(at: string, value: string | number, constraint: string): string {
  return `Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`;
}
