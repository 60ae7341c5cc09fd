import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The long tier: whole stacks, one after another, through the CLI as a user has it. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['scripts/long/*.long.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    reporters: ['verbose'],
  },
});
