import type { MessageKind } from './channel.ts';

/** What a message begins with, in every channel. */
export const ASKING: Readonly<Record<MessageKind, string>> = {
  ask: 'A decision is needed.',
  remind: 'A decision is still needed.',
  again: 'Somebody has changed the arguments, so earlier votes count no more. A decision is needed again.',
  escalate: 'Nobody has decided yet.',
  digest: 'Decisions are needed. You were told of many within an hour, so these had to wait.',
};
