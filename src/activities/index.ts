import type { SigningKey } from '@countersign/receipts';

import type { App } from '../define/app.ts';
import type { Provider } from '../providers/provider.ts';
import { createCallbackActivities, type Callbacks } from './callbacks/callbacks.ts';
import { createEventActivities } from './callbacks/events.ts';
import { createDecisionActivities } from './authority/check-decision.ts';
import { createExecuteAndSubmit } from './execute-and-submit.ts';
import { createHandoverActivities } from './handover/activities.ts';
import type { Handover } from './handover/api.ts';
import type { Audience } from '../record/heard.ts';
import type { Recorder } from '../record/recorder.ts';
import type { EventOptions } from '../notices/events/endpoints.ts';
import type { NoticeOptions } from '../notices/notices.ts';
import type { Store } from '../store/store.ts';
import { createNoticeActivities } from './notices.ts';
import { createRecordActivities } from './recording/recording.ts';
import { createRequestActivities } from './requests.ts';
import { createRunActivities } from './runs.ts';
import { createToolActivities } from './tools/tools.ts';
import type { Witnesses } from './authority/sign-off.ts';
import { createTurnActivities } from './turns.ts';

/** Every activity of a worker, bound to its application, its provider, whom it may call back and where it may ask. */
export function createActivities({
  app,
  provider,
  callbacks,
  handover,
  isHinted = false,
  witnesses,
  recorder,
  signingKey,
  notices,
  events,
  audience,
  store,
  observe = (activities) => activities,
}: {
  app: App;
  provider: Provider;
  callbacks?: Callbacks | undefined;
  handover?: Handover | undefined;
  /** The provider's events reach the gateway; of our protocols that is Responses only. */
  isHinted?: boolean | undefined;
  /** Whom the last look before an effect asks. */
  witnesses?: Witnesses | undefined;
  /** Writes what happens into the record. */
  recorder?: Recorder | undefined;
  /** Signs what comes from the Handover. */
  signingKey?: SigningKey | undefined;
  /** How people are told; needs a store. */
  notices?: NoticeOptions | undefined;
  /** Which programs hear of events; needs a store. */
  events?: EventOptions | undefined;
  /** Who hears of what notices write. */
  audience?: Audience | undefined;
  store?: Store | undefined;
  /** Wraps them (interaction-log/observe.ts). Those that are made of others are made of what this returns. */
  observe?: (activities: SingleActivities) => SingleActivities;
}) {
  const activities = observe({
    ...createRunActivities(app, provider, {
      isHinted: isHinted && provider.protocol === 'responses',
      recorder,
      witnesses,
    }),
    ...createToolActivities(app, witnesses, recorder),
    ...createRecordActivities(recorder),
    ...createDecisionActivities(witnesses?.attestations, recorder),
    ...createTurnActivities(app, provider),
    ...createRequestActivities(),
    ...createCallbackActivities(callbacks),
    ...createHandoverActivities(handover, signingKey),
    ...createNoticeActivities(notices, store, audience),
    ...createEventActivities(events, store),
  });
  return { ...activities, ...createExecuteAndSubmit(activities) };
}

/** Those that do one thing. */
export type SingleActivities = ReturnType<typeof createRunActivities> &
  ReturnType<typeof createToolActivities> &
  ReturnType<typeof createRecordActivities> &
  ReturnType<typeof createDecisionActivities> &
  ReturnType<typeof createTurnActivities> &
  ReturnType<typeof createRequestActivities> &
  ReturnType<typeof createCallbackActivities> &
  ReturnType<typeof createHandoverActivities> &
  ReturnType<typeof createNoticeActivities> &
  ReturnType<typeof createEventActivities>;

export type Activities = ReturnType<typeof createActivities>;
