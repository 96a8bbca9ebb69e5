import type { App } from '../define.ts';
import type { Provider } from '../providers/provider.ts';
import { createCallbackActivities, type Callbacks } from './callbacks.ts';
import { createHandoverActivities } from './handover.ts';
import type { Handover } from './handover-api.ts';
import { createRequestActivities } from './requests.ts';
import { createRunActivities } from './runs.ts';
import { createToolActivities } from './tools.ts';
import { createTurnActivities } from './turns.ts';

/** Every activity of a worker, bound to its application, its provider, whom it may call back and where it may ask. */
export function createActivities({
  app,
  provider,
  callbacks,
  handover,
}: {
  app: App;
  provider: Provider;
  callbacks?: Callbacks | undefined;
  handover?: Handover | undefined;
}) {
  return {
    ...createRunActivities(app, provider),
    ...createToolActivities(app),
    ...createTurnActivities(provider),
    ...createRequestActivities(),
    ...createCallbackActivities(callbacks),
    ...createHandoverActivities(handover),
  };
}

export type Activities = ReturnType<typeof createActivities>;
