/**
 * What CloudFormation knows of one resource type. Everything it does, it does through the services' own operations,
 * so that a resource made by a template is the same as one made by hand.
 */
export interface ResourceType {
  /** For example `AWS::EC2::VPC`. */
  readonly type: string;
  /**
   * Every supported property and what its change does; `fixed` ones AWS could change in place and we refuse to.
   * A property that is absent here is refused altogether.
   */
  readonly properties: Readonly<Record<string, 'update' | 'replace' | 'fixed'>>;
  readonly required?: readonly string[];
  /** The property that names the resource, if a template may name it. */
  readonly nameProperty?: string;
  /** Names that `Fn::GetAtt` may ask for. */
  readonly attributes?: readonly string[];
  /** Properties that may hold `{{resolve:ssm-secure:…}}`. */
  readonly secure?: readonly string[];
  /** What happens to it without a DeletionPolicy, where that is not its deletion. */
  readonly deletionPolicy?: 'Snapshot';
  /** True for IAM entities: the stack then needs CAPABILITY_IAM, or CAPABILITY_NAMED_IAM when it is named. */
  readonly iam?: boolean;
  /** Where stack-level tags go: a list of Key and Value, or a map. Absent where the type has no tags. */
  readonly tags?: 'list' | 'map';
  /** Calls `identify` as soon as the physical ID is known, then waits until the resource can be used. */
  create(properties: Properties, tools: Tools): Promise<void>;
  /** Values of `attributes`. */
  read?(id: string, tools: Tools, properties: Properties): Promise<Readonly<Record<string, unknown>>>;
  update?(change: Change, tools: Tools): Promise<void>;
  delete(id: string, tools: Tools, properties: Properties): Promise<void>;
}

export type Properties = Readonly<Record<string, unknown>>;

export interface Change {
  readonly id: string;
  readonly before: Properties;
  readonly after: Properties;
  /** Names of the properties that differ. */
  readonly changed: ReadonlySet<string>;
}

export interface Tools {
  readonly accountId: string;
  readonly region: string;
  /** Differs from run to run, the same within one: what idempotency tokens are for. */
  readonly token: string;
  /** Set when a deletion policy asks for a last snapshot. */
  readonly snapshot: boolean;
  call<Output>(service: ServiceName, operation: string, input: object): Promise<Output>;
  identify(physicalId: string): void;
  /** `stack-logical-random`, cut to `maximum`; most services take upper case. */
  name(options?: { readonly maximum?: number; readonly lowerCase?: boolean }): string;
  /** Polls on the clock until the check holds; rejects when it throws or the operation is cancelled. */
  until(check: () => Promise<boolean>): Promise<void>;
}

export type ServiceName =
  | 'acm'
  | 'cloudfront'
  | 'ec2'
  | 'ecr'
  | 'eks'
  | 'iam'
  | 'logs'
  | 'rds'
  | 'route53'
  | 's3'
  | 'ssm'
  | 'wafv2';

/** A failure after which the resource cannot become what was asked for (a handler's NotStabilized). */
export class NotStabilized extends Error {}
