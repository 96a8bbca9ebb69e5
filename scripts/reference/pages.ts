import { cliPage } from './cli.ts';
import { configurationPage } from './configuration.ts';
import { failuresPage } from './failures.ts';
import { httpPage } from './http.ts';
import { messagesPage } from './messages.ts';
import { scenarioPage } from './scenario.ts';
import { telemetryPage } from './telemetry.ts';

/** The pages of docs/reference/ that code writes, by their paths. Each says what the program itself says of the thing. */
export async function referencePages(): Promise<Record<string, string>> {
  return {
    'docs/reference/http.md': await httpPage(),
    'docs/reference/configuration.md': configurationPage(),
    'docs/reference/cli.md': cliPage(),
    'docs/reference/failures.md': failuresPage(),
    'docs/reference/workflows.md': messagesPage(),
    'docs/reference/telemetry.md': telemetryPage(),
    'docs/reference/scenario.md': scenarioPage(),
  };
}
