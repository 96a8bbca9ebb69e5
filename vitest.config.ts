import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['countersign-source'] },
  ssr: { resolve: { conditions: ['countersign-source'] } },
  test: {
    include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    globalSetup: ['test/setup/global.ts', 'test/setup/bundle.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Conditions are waited for on machines of any speed; a limit is there to end a hopeless wait, not to prove speed.
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 3,
  },
});
