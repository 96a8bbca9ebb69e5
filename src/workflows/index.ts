/** Every workflow of a worker: the entry of the workflow bundle. */
export { conversation } from './conversation.ts';
export { event } from './event.ts';
export { handover } from './handover.ts';
export { notice } from './notice.ts';
export { request } from './request.ts';
export { turn } from './turn.ts';

/**
 * Temporal's SDK notes where each promise of a workflow was made, for its stack trace query: with V8's default of ten frames, each
 * mapped to its source, a quarter of the time of a replay. The promises of one chain name each other's callers, so four tell
 * as much. Set once, while the modules are loaded; frozen after that, so that a second try changes nothing.
 */
Reflect.set(Error, 'stackTraceLimit', 4);
