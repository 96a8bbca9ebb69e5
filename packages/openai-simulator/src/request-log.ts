import type { OperationName } from './http/operations.ts';
import type { Fault } from './faults.ts';
import type { Store } from './state/store.ts';
import { SETTINGS } from './state/settings.ts';
import { createTable } from './state/tables.ts';

/** One request to the API, as `GET /_simulator/requests` shows it. */
export interface SeenRequest {
  id: string;
  sequence: number;
  /** When it came, on the simulator's clock. */
  time: string;
  method: string;
  path: string;
  query: Record<string, string>;
  operation: OperationName | null;
  /** All but `authorization`. */
  headers: Record<string, string>;
  body: unknown;
  /** What was answered; null while the request is under way, or when the simulator was killed meanwhile. */
  status: number | 'dropped' | null;
  fault: Fault['type'] | null;
  /** Whether something was created, changed or removed. */
  effect: boolean;
}

export const REQUESTS = createTable<SeenRequest>('requests');

/** Older requests are forgotten, so that a simulator that is polled for days does not fill the memory. */
const KEPT = 20_000;

export interface RequestLog {
  /** Notes a request before it is handled. */
  begin(request: Omit<SeenRequest, 'id' | 'sequence' | 'status' | 'effect'>): SeenRequest;
  end(seen: SeenRequest, outcome: Pick<SeenRequest, 'status' | 'effect'>): void;
  /** Oldest first. */
  list(): SeenRequest[];
  clear(): void;
}

export function createRequestLog(store: Store): RequestLog {
  return {
    begin(request) {
      const sequence = (store.get(SETTINGS, 'requests')?.value ?? 0) + 1;
      const seen: SeenRequest = {
        id: `request_${sequence}`,
        sequence,
        ...request,
        status: null,
        effect: false,
      };
      store.write([
        SETTINGS.put({ id: 'requests', value: sequence }),
        REQUESTS.put(seen),
        REQUESTS.remove(`request_${sequence - KEPT}`),
      ]);
      return seen;
    },
    end(seen, outcome) {
      // Cleared in between: then it stays forgotten.
      if (store.get(REQUESTS, seen.id) === undefined) return;
      store.write([REQUESTS.put({ ...seen, ...outcome })]);
    },
    list: () => store.all(REQUESTS),
    clear: () => store.write(store.all(REQUESTS).map(({ id }) => REQUESTS.remove(id))),
  };
}
