import type { HistoryEvent } from '../history-cost.ts';

/** What a turn waited for after its worker had died, as its history tells. */
export type Cause =
  'heartbeat of an activity' | 'sticky task, not taken' | 'task, taken and not answered' | 'none';

/** `temporal.api.enums.v1.TimeoutType`. */
const START_TO_CLOSE = 1;
const SCHEDULE_TO_START = 2;
const HEARTBEAT = 4;

/** Everything that timed out on the way, in the order of the history. */
export function causesOf(events: HistoryEvent[]): Cause[] {
  const causes = events.flatMap((event): Cause[] => {
    const lost = event.activityTaskStartedEventAttributes?.lastFailure?.timeoutFailureInfo?.timeoutType;
    if (Number(lost) === HEARTBEAT) return ['heartbeat of an activity'];
    const task = Number(event.workflowTaskTimedOutEventAttributes?.timeoutType);
    if (task === SCHEDULE_TO_START) return ['sticky task, not taken'];
    if (task === START_TO_CLOSE) return ['task, taken and not answered'];
    return [];
  });
  return causes.length === 0 ? ['none'] : causes;
}

/** How often activities of a type were asked for, and how many attempts they took together. */
export function executionsOf(events: HistoryEvent[], type: string): { scheduled: number; attempts: number } {
  const started = startsOf(events, type);
  return {
    scheduled: events.filter((event) => typeOf(event) === type).length,
    attempts: started.reduce(
      (sum, event) => sum + (event.activityTaskStartedEventAttributes?.attempt ?? 1),
      0,
    ),
  };
}

/** When the last attempt of the last activity began, of any type if none is named; in ms since 1970. */
export function lastAttemptAt(events: HistoryEvent[], type?: string): number {
  return timeOf(startsOf(events, type).at(-1));
}

/** When the turn was over. */
export function endOf(events: HistoryEvent[]): number {
  return timeOf(events.at(-1));
}

function startsOf(events: HistoryEvent[], type?: string): HistoryEvent[] {
  const wanted = events.filter(
    (event) => typeOf(event) !== undefined && (type ?? typeOf(event)) === typeOf(event),
  );
  const ids = new Set(wanted.map(({ eventId }) => String(eventId)));
  return events.filter((event) =>
    ids.has(String(event.activityTaskStartedEventAttributes?.scheduledEventId ?? '')),
  );
}

function typeOf(event: HistoryEvent): string | undefined {
  return event.activityTaskScheduledEventAttributes?.activityType?.name ?? undefined;
}

function timeOf(event: HistoryEvent | undefined): number {
  const at = event?.eventTime;
  return at ? Number(at.seconds) * 1_000 + (at.nanos ?? 0) / 1e6 : Number.NaN;
}
