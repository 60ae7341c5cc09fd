/** One call of a client, as it crosses from the runner to the scripted stack. */
export interface ScriptedCall {
  /** `aws.cloudfront`, `control`, `look`. */
  readonly client: string;
  /** The command or method: `GetDistributionConfig`, `break`. */
  readonly operation: string;
  /** The command's input, or the method's arguments. */
  readonly input: unknown;
}

export type ScriptedAnswer =
  | { readonly result?: unknown }
  | { readonly error: { readonly name: string; readonly message: string; readonly code?: string } };

/** An AWS error by its name, one of PostgreSQL by its code. */
export class ScriptedError extends Error {
  readonly code?: string;

  constructor(name: string, message: string, code?: string) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

/** Instants cross as text. */
export function reviveInstants(_: string, value: unknown): unknown {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)
    ? new Date(value)
    : value;
}
