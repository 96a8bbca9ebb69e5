import type { App } from '../define.ts';
import type { Provider } from '../providers/provider.ts';
import { createRunActivities } from './runs.ts';
import { createToolActivities } from './tools.ts';
import { createTurnActivities } from './turns.ts';

/** Every activity of a worker, bound to its application and provider. */
export function createActivities({ app, provider }: { app: App; provider: Provider }) {
  return {
    ...createRunActivities(app, provider),
    ...createToolActivities(app),
    ...createTurnActivities(),
  };
}

export type Activities = ReturnType<typeof createActivities>;
