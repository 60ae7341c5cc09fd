import type { InvalidInputKind } from '../service.ts';

/** An input that no handler may see. It knows what is wrong, not how its protocol says so. */
export class InvalidInput extends Error {
  readonly kind: InvalidInputKind;
  /** The first member at fault, where one is. */
  readonly at: string;

  constructor(kind: InvalidInputKind, message: string, at = '') {
    super(message);
    this.kind = kind;
    this.at = at;
  }
}
