import type { ParameterExceptionField } from '@aws-sdk/client-wafv2';
import { AwsError } from '../../service.ts';

/** The reasons that WAF gives, word for word where one was seen. */
export const reasons = {
  exactlyOne: 'You have used none or multiple values for a field that requires exactly one value.',
  notAnArn:
    "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.",
  belowMinimum:
    "You haven't met a minimum requirement for a threshold setting. Examples include a rule group capacity setting that's too low and an OR statement with only one nested statement.",
  format: 'The parameter contains formatting that is not valid.',
  scope: 'The scope is not valid.',
  nesting:
    "Your nested statement isn't valid. You might have tried to nest a statement that can’t be nested.",
  notUnique: 'You have used the same value more than once for a field that requires unique values.',
} as const;

export function invalidParameter(
  Field: ParameterExceptionField,
  Parameter: string,
  Reason: string,
): AwsError {
  const message = `Error reason: ${Reason}, field: ${Field}, parameter: ${Parameter}`;
  return new AwsError('WAFInvalidParameterException', message, { Field, Parameter, Reason });
}

export function nonexistent(): AwsError {
  return new AwsError(
    'WAFNonexistentItemException',
    'AWS WAF couldn’t perform the operation because your resource doesn’t exist.',
  );
}

export function duplicate(): AwsError {
  return new AwsError(
    'WAFDuplicateItemException',
    'AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one.',
  );
}

export function stale(): AwsError {
  return new AwsError(
    'WAFOptimisticLockException',
    'AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes.',
  );
}

export function inUse(): AwsError {
  return new AwsError(
    'WAFAssociatedItemException',
    'AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s associated with another resource.',
  );
}

/** WAF API reference, DeleteWebACL: "You can only use this if ManagedByFirewallManager is false". */
export function managedByFirewallManager(): AwsError {
  return new AwsError(
    'WAFInvalidOperationException',
    'The operation isn’t valid: the web ACL is managed by AWS Firewall Manager.',
  );
}

export function overLimit(what: string): AwsError {
  return new AwsError(
    'WAFLimitsExceededException',
    `AWS WAF couldn’t perform the operation because you exceeded your resource limit: ${what}`,
  );
}
