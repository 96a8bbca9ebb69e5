import { defineConfig } from 'vitest/config';

/** The package's tests alone (`npm test --workspace @countersign/openai-simulator`), which need no Temporal. */
export default defineConfig({
  resolve: { conditions: ['countersign-source'] },
  ssr: { resolve: { conditions: ['countersign-source'] } },
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, expect: { poll: { timeout: 30_000 } } },
});
