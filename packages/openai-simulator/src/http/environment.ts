import type { HttpBindings } from '@hono/node-server';

import type { FaultRule } from '../faults.ts';

export interface Sent {
  body: unknown;
  isJson: boolean;
  /** The parts of an upload; undefined for other bodies, and for a form that cannot be read. */
  form?: FormData;
}

/** What Hono carries with a request. The Node objects are there only when a port is open. */
export interface SimulatorEnv {
  Bindings: Partial<HttpBindings>;
  Variables: {
    /** What the client sent, already parsed; text that is not JSON stays text. */
    sent: Sent;
    /** The fault that hits this request, if one does. */
    fault: FaultRule | undefined;
    /** What the API itself answered, whatever a fault made of it. Undefined when it was not asked. */
    answered: number | undefined;
    /** The connection was closed in place of an answer. */
    dropped: boolean | undefined;
  };
}
