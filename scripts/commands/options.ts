/** What every command that may stand a stack up is given. */
export interface StackOptions {
  readonly stack: 'embedded';
  readonly deployment: string;
  readonly speed: number;
  readonly seed?: number;
}

export interface JsonOption {
  readonly json?: boolean;
}
