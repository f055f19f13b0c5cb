import { defineConfig } from 'vitest/config';

/** Tests against real servers, one file at a time: they measure time and sound. */
export default defineConfig({
  test: {
    include: ['tests/{interop,torture,packaging}/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
