import type { App } from '../define.ts';
import type { Provider } from '../providers/provider.ts';
import { createCallbackActivities, type Callbacks } from './callbacks.ts';
import { createRequestActivities } from './requests.ts';
import { createRunActivities } from './runs.ts';
import { createToolActivities } from './tools.ts';
import { createTurnActivities } from './turns.ts';

/** Every activity of a worker, bound to its application, its provider and whom it may call back. */
export function createActivities({
  app,
  provider,
  callbacks,
}: {
  app: App;
  provider: Provider;
  callbacks?: Callbacks | undefined;
}) {
  return {
    ...createRunActivities(app, provider),
    ...createToolActivities(app),
    ...createTurnActivities(provider),
    ...createRequestActivities(),
    ...createCallbackActivities(callbacks),
  };
}

export type Activities = ReturnType<typeof createActivities>;
