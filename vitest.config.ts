import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{local,provisioning,fixtures,suites,reports,scripts}/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
