import { defineConfig } from 'vitest/config';

/** Their sound or their times are judged closely: each has the machine to itself. */
const alone = [
  'tests/interop/table/table.test.ts',
  'tests/interop/{cli-calls,codecs,ice-calls,qos,reports,secure-calls,trickle}.test.ts',
  'tests/{torture,packaging}/**/*.test.ts',
];

const shared = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  teardownTimeout: 20_000,
  pool: 'forks',
} as const;

/** Tests against real servers, which mostly wait: two files at a time, then those that judge sound one by one. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'side by side',
          include: ['tests/interop/**/*.test.ts'],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: { ...shared, name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
