import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';

/** What stands for a payload that cannot be read. It has the shape of no message of ours, so whoever parses it refuses it. */
const UNREADABLE = Object.freeze({ unreadable: true });

/**
 * Temporal's own converter, for workflows: bytes that are no JSON, or of an encoding nobody knows, become a value in place of an error.
 * Whoever may send a signal may send anything, and the SDK reads it before any handler does: an error there would fail the workflow's task,
 * and each one after it.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload: ((payload) => {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch {
      return UNREADABLE;
    }
  }) as PayloadConverter['fromPayload'],
};
