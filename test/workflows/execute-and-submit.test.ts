import { describe, expect, test } from 'vitest';

import { deskFor, worldFor } from '../support/world.ts';

const desk = deskFor();
const world = worldFor({ app: desk.app, name: 'execute-and-submit' });

/** Says it, approves what is asked, and resolves with the turn and the activities it took, in the order they were asked for. */
async function play(
  message: string,
  { assistant, approvals = 1 }: { assistant?: string; approvals?: number } = {},
) {
  const turnId = await world.say(message, assistant === undefined ? {} : { assistant });
  if (approvals > 0) {
    for (const approval of await world.pending(turnId, approvals)) await world.decide(approval, {});
  }
  const turn = await world.end(turnId);
  const { events } = await world.turn(turnId).fetchHistory();
  const steps = events!.flatMap(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
  );
  return { turnId, turn, steps };
}

describe('the tool and its submit', () => {
  test.each([
    ['an idempotent tool that is approved', 'single', {}],
    ['an idempotent tool that nobody has to approve', 'ungated', { approvals: 0 }],
    ['a reconcilable tool', 'audited', { approvals: 0 }],
  ])('are one activity: %s', async (_, message, options) => {
    const { turnId, turn, steps } = await play(message, options);
    expect(turn.status).toBe('completed');
    expect(steps).toEqual(['createRun', 'executeAndSubmit']);
    expect(desk.effects).toHaveLength(1);
    expect(await world.seen(turnId)).toMatchObject({ runs: 1, submits: 1 });
  });

  test.each([
    ['an at-most-once tool', 'wiping', {}, 1],
    ['several calls of a round', 'parallel', { approvals: 2 }, 3],
    ['a conversation that lets messages by', 'single', { assistant: 'parker' }, 1],
    ['a conversation that refuses messages', 'single', { assistant: 'rejecter' }, 1],
  ])('are two: %s', async (_, message, options, calls) => {
    const { turn, steps } = await play(message, options);
    expect(turn.status).toBe('completed');
    expect(steps).toEqual(['createRun', ...Array<string>(calls).fill('executeTool'), 'submitOutputs']);
  });
});

describe('a submit that fails after the tool has ended', () => {
  const refuse = (status: number, headers: Record<string, string> = {}) =>
    world.fault('runs.submit', { type: 'status', status, headers });

  test.each([
    ['is tried again by the turn', 503, {}, 0],
    ['is tried again when the provider wants it to be', 429, { 'retry-after': '2' }, 2_000],
    ['is tried again when the provider wants it to be at once', 429, { 'retry-after': '0' }, 0],
  ])('%s; the tool is not', async (_, status, headers, pauseMs) => {
    await refuse(status, headers);
    const startedAt = Date.now();
    const { turnId, turn, steps } = await play('single');
    expect(Date.now() - startedAt).toBeGreaterThan(pauseMs);
    expect(turn).toMatchObject({ status: 'completed', reply: 'refund: refund is done.' });
    expect(turn.approvals).toMatchObject([{ status: 'approved', outcome: 'executed' }]);
    expect(steps).toEqual(['createRun', 'executeAndSubmit', 'submitOutputs']);
    expect(desk.effects).toHaveLength(1);
    expect(await world.seen(turnId)).toMatchObject({ runs: 1, submits: 1 });
  });

  test('is tried again, Retry-After: 0 or not, and an at-most-once tool has run once', async () => {
    await refuse(429, { 'retry-after': '0' });
    const { turnId, turn, steps } = await play('wiping');
    expect(turn).toMatchObject({ status: 'completed', reply: 'wipe: wipe is done.' });
    expect(turn.approvals).toMatchObject([{ status: 'approved', outcome: 'executed' }]);
    expect(steps).toEqual(['createRun', 'executeTool', 'submitOutputs']);
    expect(desk.effects).toHaveLength(1);
    const submits = await world.requests('runs.submit');
    expect(submits.slice(-2).map(({ status }) => status)).toEqual([429, 200]);
    expect(await world.seen(turnId)).toMatchObject({ runs: 1, submits: 1 });
  });

  test('ends the turn when the provider refuses it for good; what was done is told', async () => {
    await refuse(403);
    const { turn, steps } = await play('single');
    expect(turn).toMatchObject({ status: 'failed', failure: { type: 'Provider.Forbidden' } });
    expect(turn.approvals).toMatchObject([{ status: 'approved', outcome: 'executed' }]);
    expect(steps).toEqual(['createRun', 'executeAndSubmit', 'cancelRun']);
    expect(desk.effects).toHaveLength(1);
  });
});

test('a run that goes on for long after the submit is left to watchRun, so that the outcome is known', async () => {
  const { turn, steps } = await play('pensive', { approvals: 0 });
  expect(turn.status).toBe('completed');
  expect(steps).toEqual(['createRun', 'executeAndSubmit', 'watchRun']);
});

describe('a tool that is over its time', () => {
  test('is told to stop, and is tried again when it can be', async () => {
    desk.pauses.nextMs.push(60_000);
    const { turn } = await play('hurried', { approvals: 0 });
    expect(turn).toMatchObject({ status: 'completed', reply: 'hurried: hurried is done.' });
    expect(desk.effects).toHaveLength(1);
  });

  test('is told to stop, and nobody knows how it ended when it has one try', async () => {
    desk.pauses.nextMs.push(60_000);
    const { turn } = await play('rushed', { approvals: 0 });
    expect(turn.reply).toContain('The outcome of "rushed" is unknown');
    expect(desk.effects).toEqual([]);
  });
});

test('the timer of a question says in the Temporal UI what waits for whom', async () => {
  const asked = await world.asked('large');
  const { events } = await world.turn(asked.turnId).fetchHistory();
  const summaries = events!.flatMap(({ timerStartedEventAttributes: timer, userMetadata }) =>
    timer ? [String(Buffer.from(userMetadata?.summary?.data ?? []))] : [],
  );
  expect(summaries).toContain('"refund waits for a decision of finance"');
  await world.decide(asked, { decision: 'deny', approver: { id: 'ada', groups: ['finance'] } });
  await world.end(asked.turnId);
});
