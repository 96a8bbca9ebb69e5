import type { Client, WorkflowHandle } from '@temporalio/client';

/** What was sent to a workflow, as its history has it: read without a worker, for the rare way on which none is up. */

export type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** The names of a signal and an update that say the same. */
export interface MessageNames {
  signal: string;
  update: string;
}

/**
 * The events of the latest run of a workflow, newest first.
 *
 * @param pageSize - how many come with one request; as many as the server gives when absent.
 */
export async function* eventsBackwards(
  client: Client,
  workflowId: string,
  pageSize?: number,
): AsyncGenerator<HistoryEvent> {
  const { namespace } = client.options;
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace,
      execution: { workflowId },
      nextPageToken,
      ...(pageSize !== undefined && { maximumPageSize: pageSize }),
    });
    yield* page.history?.events ?? [];
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
}

/** The first argument of the message that the event is about; undefined for other events. An update is one once it is accepted. */
export function messageOf(
  client: Client,
  { workflowExecutionSignaledEventAttributes: signal, ...event }: HistoryEvent,
  names: MessageNames,
): unknown {
  const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
  if (signal?.signalName === names.signal) return firstArgument(client, signal.input);
  if (update?.name === names.update) return firstArgument(client, update.args);
  return undefined;
}

/** @returns undefined for what none of us has sent, such as a text typed by hand that is no JSON. */
export function firstArgument(
  { options }: Client,
  payloads: NonNullable<HistoryEvent['workflowExecutionSignaledEventAttributes']>['input'],
): unknown {
  const [first] = payloads?.payloads ?? [];
  if (first === undefined) return undefined;
  try {
    return options.loadedDataConverter.payloadConverter.fromPayload(first);
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && error.name === 'ValueError'))
      return undefined;
    throw error;
  }
}

/** When it happened, in ms since the epoch on Temporal's clock. */
export function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1e6);
}
