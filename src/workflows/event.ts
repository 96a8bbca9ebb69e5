import type { EventInput } from '../contracts/events.ts';
import { deliverEvent } from './steps.ts';

/** One event for one endpoint. It fails when the endpoint has not taken it in three days, or takes no more. */
export async function event(input: EventInput): Promise<void> {
  await deliverEvent(input);
}
