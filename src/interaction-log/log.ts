import type { SingleActivities } from '../activities/index.ts';
import { createDelivery, type DeliveryLimits } from './delivery.ts';
import type { InteractionLogOptions, InteractionProtocol } from '../contracts/interaction-log/interaction.ts';
import type { LossReport } from './losses.ts';
import { observeActivities, type MessagesOf } from './observe.ts';
import type { LoggedApp } from './record.ts';
import { createRedactor } from './redact.ts';

/** A worker's log of interactions. */
export interface InteractionLog {
  readonly observe: (activities: SingleActivities) => SingleActivities;
  /** Delivers what it can within its grace time. */
  close(): Promise<void>;
}

/**
 * Makes the log an application or its operator has asked for. Without one nothing is wrapped.
 *
 * @param report - told of interactions that were lost, at most once a minute.
 */
export function createInteractionLog({
  app,
  protocol,
  options,
  report,
  messagesOf,
  limits = {},
}: {
  app: LoggedApp;
  protocol: InteractionProtocol;
  options: InteractionLogOptions | undefined;
  report: (losses: LossReport) => void;
  /** As the provider reads them (providers/provider.ts). */
  messagesOf?: MessagesOf | undefined;
  limits?: Partial<DeliveryLimits>;
}): InteractionLog {
  if (options === undefined) return { observe: (activities) => activities, close: () => Promise.resolve() };
  const delivery = createDelivery({ sink: options.sink, report, limits });
  const redactor = createRedactor(options);
  return {
    observe: (activities) =>
      observeActivities(activities, {
        ...{ app, protocol, delivery, redactor },
        messagesOf: options.sink.needsMessages === true ? messagesOf : undefined,
      }),
    close: () => delivery.close(),
  };
}
