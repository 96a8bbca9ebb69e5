/** Every workflow of a worker: the entry of the workflow bundle. */
export { conversation } from './conversation.ts';
export { handover } from './handover.ts';
export { request } from './request.ts';
export { turn } from './turn.ts';
