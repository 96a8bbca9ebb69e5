import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

// Each test file and each process that a test starts loads the same packages: Node keeps what it compiled of them.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url));

const UNIT = 'test/unit/**/*.test.ts';
const PACKAGES = 'packages/*/test/**/*.test.ts';
const EXAMPLES = 'test/examples/**/*.test.ts';
const STORE = 'test/store/**/*.test.ts';

/**
 * `unit` and `packages` need no server and take seconds. `store` needs PostgreSQL. `examples` runs the examples as their READMEs say,
 * beside one refund desk; `system` is all the rest, on a real Temporal server.
 */
export default defineConfig({
  resolve: { conditions: ['countersign-source'] },
  ssr: { resolve: { conditions: ['countersign-source'] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Conditions are waited for on machines of any speed; a limit is there to end a hopeless wait, not to prove speed.
    expect: { poll: { timeout: 30_000 } },
    // Files of one worker share their modules: a test leaves none of them changed.
    isolate: false,
    maxWorkers: 4,
    projects: [
      { extends: true, test: { name: 'unit', include: [UNIT] } },
      { extends: true, test: { name: 'packages', include: [PACKAGES] } },
      {
        extends: true,
        test: { name: 'store', include: [STORE], globalSetup: ['test/setup/postgres.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: [UNIT, EXAMPLES, STORE, '**/node_modules/**'],
          globalSetup: ['test/setup/global.ts', 'test/setup/bundle.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'examples',
          include: [EXAMPLES],
          // Whole stacks and services, each started by its own command.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          globalSetup: ['test/setup/global.ts', 'test/setup/refund-desk.ts'],
        },
      },
    ],
  },
});
