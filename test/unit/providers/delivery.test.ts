import { describe, expect, test } from 'vitest';

import type { RunState } from '../../../src/contracts/run.ts';
import { deliveryIn } from '../../../src/providers/delivery.ts';

const run = { threadId: 't', runId: 'r', providerStatus: '', timeLeftMs: null };
const outputs = ['a', 'b'].map((toolCallId) => ({ toolCallId, output: 'done' }));
const calls = (...ids: string[]): RunState => ({
  state: 'requires_action',
  calls: ids.map((toolCallId) => ({ toolCallId, tool: 'x', arguments: '{}' })),
});

describe('delivered means working, completed, or waiting for other calls than ours', () => {
  test.each<[RunState, string]>([
    [{ state: 'working' }, 'delivered'],
    [{ state: 'completed' }, 'delivered'],
    [calls('c'), 'delivered'],
    [calls('a', 'b'), 'waiting'],
    [calls('b', 'a'), 'waiting'],
    [calls('a'), 'unclear'],
    [calls('a', 'b', 'c'), 'unclear'],
    [calls('a', 'c'), 'unclear'],
    [{ state: 'unknown' }, 'unclear'],
    [{ state: 'expired' }, 'ended'],
    [{ state: 'cancelled' }, 'ended'],
    [{ state: 'failed', code: 'x', message: 'y' }, 'ended'],
    [{ state: 'incomplete', reason: 'x' }, 'ended'],
  ])('%j is %s', (state, expected) => {
    expect(deliveryIn({ ...run, ...state }, outputs)).toBe(expected);
  });
});
