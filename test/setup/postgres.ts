import type { TestProject } from 'vitest/node';

import { startPostgres } from '../support/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a PostgreSQL server whose user may create databases. */
    postgresUrl: string;
  }
}

/** One PostgreSQL server for all tests of the store. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide('postgresUrl', server.url);
  return () => server.remove();
}
