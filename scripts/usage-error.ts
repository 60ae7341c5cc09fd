/** What the user asked for cannot be done as asked: exit code 2. */
export class UsageError extends Error {}
