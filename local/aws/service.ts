import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

/** What a service needs of the gateway that it is part of. */
export interface ServiceContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  readonly region: string;
  /** Aborted when the gateway closes: ends every background transition. */
  readonly signal: AbortSignal;
  /** Tells the composition that data planes should read this service's snapshot again. */
  changed(): void;
}

/** What a handler knows of the call it answers. */
export interface CallContext {
  readonly requestId: string;
  readonly operation: string;
}

/** Input and output have the SDK's own shapes of that operation (`XxxCommandInput`, `XxxCommandOutput` less `$metadata`). */
export type Handler = (input: never, call: CallContext) => object | undefined | Promise<object | undefined>;

/** One AWS service: the SDK client that describes its wire format, and what its operations do. */
export interface AwsService {
  /** The SDK module (`import * as rds from '@aws-sdk/client-rds'`): its schemas are used in reverse. */
  readonly sdk: object;
  /** The SDK client's constructor: gives the protocol and the signing name. */
  readonly client: new (
    config: object,
  ) => { readonly config: object };
  /** Operation name → what it does. An operation that is absent answers as AWS does for one it does not know. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** HTTP status of error codes that the SDK does not model (S3 has many); otherwise 400. */
  readonly errorStatus?: Readonly<Record<string, number>>;
  /** Enumerated members: `Shape.member` or plain `member` → the SDK's constant of allowed values. The schemas do not carry them. */
  readonly enums?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The codes this service answers invalid input with, where they differ from its protocol's own. */
  readonly invalidInputCodes?: Partial<Readonly<Record<InvalidInputKind, string>>>;
}

/**
 * What can be wrong with an input before its handler sees it: it cannot be parsed, a value has another type,
 * a required member is absent, a value breaks a constraint, a member is not known.
 */
export type InvalidInputKind = 'malformed' | 'type' | 'missing' | 'constraint' | 'unknown';

/** An error of AWS's own: `code` as the API reference writes it; `members` are further modelled fields. */
export class AwsError extends Error {
  readonly code: string;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.members = members;
  }
}
