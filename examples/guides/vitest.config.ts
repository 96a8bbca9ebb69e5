import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['countersign/testing/setup'],
    testTimeout: 30_000,
  },
});
