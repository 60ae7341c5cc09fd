import { AwsError } from '../../service.ts';

export interface BucketPolicy {
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: unknown;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Who asks, for what. */
export interface AccessRequest {
  /** `cloudfront.amazonaws.com` when the distribution signed the request; nobody otherwise. */
  readonly service?: string;
  readonly action: string;
  readonly resource: string;
  /** Condition keys in lower case: `aws:sourcearn`, `aws:securetransport`. */
  readonly conditions: Readonly<Record<string, string>>;
}

export function parsePolicy(text: string, bucket: string): BucketPolicy {
  const { Statement } = parseJsonObject(text);
  const statements = (Array.isArray(Statement) ? Statement : [Statement]).map(readStatement);
  const arn = `arn:aws:s3:::${bucket}`;
  for (const { Resource } of statements) {
    if (Resource.length > 0 && Resource.every((one) => one === arn || one.startsWith(`${arn}/`))) continue;
    throw new AwsError('MalformedPolicy', 'Policy has invalid resource');
  }
  return { Statement: statements };
}

/** An explicit denial wins; without any word the answer is no. */
export function isAllowed(policy: BucketPolicy | undefined, request: AccessRequest): boolean {
  const matching = (policy?.Statement ?? []).filter((statement) => matches(statement, request));
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

/** S3's own meaning: anybody is allowed something without a condition that names who or from where. */
export function isPublic({ Statement }: BucketPolicy): boolean {
  return Statement.some(
    ({ Effect, Principal, Condition }) =>
      Effect === 'Allow' && isEverybody(Principal) && !Object.values(Condition).some(namesCaller),
  );
}

const callerKeys = new Set([
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:principalorgid',
  'aws:principalaccount',
]);

function namesCaller(keys: Readonly<Record<string, readonly string[]>>): boolean {
  return Object.entries(keys).some(
    ([key, values]) => callerKeys.has(key.toLowerCase()) && !values.some((value) => value === '*'),
  );
}

function matches(statement: PolicyStatement, request: AccessRequest): boolean {
  return (
    matchesPrincipal(statement.Principal, request.service) &&
    statement.Action.some((pattern) => like(pattern.toLowerCase(), request.action.toLowerCase())) &&
    statement.Resource.some((pattern) => like(pattern, request.resource)) &&
    Object.entries(statement.Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) =>
        matchesCondition(statement.Effect, operator, values, request.conditions[key.toLowerCase()]),
      ),
    )
  );
}

function matchesPrincipal(principal: unknown, service: string | undefined): boolean {
  if (isEverybody(principal)) return true;
  const { Service } = principal as { Service?: string | string[] };
  return service !== undefined && [Service].flat().includes(service);
}

function isEverybody(principal: unknown): boolean {
  if (principal === '*') return true;
  const aws =
    typeof principal === 'object' && principal !== null ? (principal as { AWS?: unknown }).AWS : undefined;
  return [aws].flat().includes('*');
}

const operators: Readonly<Record<string, (pattern: string, value: string) => boolean>> = {
  StringEquals: (pattern, value) => pattern === value,
  StringEqualsIgnoreCase: (pattern, value) => pattern.toLowerCase() === value.toLowerCase(),
  StringLike: like,
  ArnEquals: like,
  ArnLike: like,
  Bool: (pattern, value) => pattern.toLowerCase() === value,
};

/** An operator that we do not evaluate never opens a door: it fails an Allow and fulfils a Deny. */
function matchesCondition(
  effect: 'Allow' | 'Deny',
  operator: string,
  values: readonly string[],
  actual: string | undefined,
): boolean {
  const test = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
  if (!test) return effect === 'Deny';
  return actual !== undefined && values.some((value) => test(value, actual));
}

function like(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

function readStatement(value: unknown): PolicyStatement {
  if (typeof value !== 'object' || value === null) throw malformed('Missing required field Statement');
  const { Effect, Principal, Action, Resource, Condition } = value as Record<string, unknown>;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw malformed(`Invalid effect: ${String(Effect)}`);
  if (Principal === undefined) throw malformed('Missing required field Principal');
  const actions = strings(Action);
  if (actions.length === 0 || !actions.every((action) => action === '*' || action.startsWith('s3:'))) {
    throw malformed('Policy has invalid action');
  }
  return {
    Effect,
    Principal,
    Action: actions,
    Resource: strings(Resource),
    Condition: readCondition(Condition),
  };
}

function readCondition(value: unknown): PolicyStatement['Condition'] {
  const operatorsOf = Object.entries((value ?? {}) as Record<string, Record<string, unknown>>);
  return Object.fromEntries(
    operatorsOf.map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, strings(values)])),
    ]),
  );
}

function strings(value: unknown): string[] {
  return [value].flat().flatMap((one) => (one === undefined ? [] : [String(one)]));
}

function parseJsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw malformed("Policies must be valid JSON and the first byte must be '{'");
}

function malformed(message: string): AwsError {
  return new AwsError('MalformedPolicy', message);
}
