/** The stack could not be stood up: exit code 4. */
export class StackError extends Error {}
