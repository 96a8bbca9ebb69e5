import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import type { TurnView } from '../../src/contracts/turn.ts';
import { PROFILE_NAMES, type SimulatorOptions } from '@countersign/openai-simulator';
import { createDesk, type Effect } from '../support/desk.ts';
import { until } from '../../src/testing/wait.ts';
import { TENANT, worldFor } from '../support/world.ts';

/** More requests than this for one turn is a loop that does not pause. */
const MOST_REQUESTS = 60;

interface SeenRun {
  id: string;
  thread_id: string;
  status: string;
  metadata: object;
  expiresAt: string;
}

const desk = createDesk();

/** What the tools did for a turn: their keys begin with its id. */
const effectsOf = (turnId: string): Effect[] =>
  desk.effects.filter(({ key }) => key.startsWith(`${turnId}.`));

/** A world with this simulator for the tests of a `describe`. They run side by side: each looks at its own turn. */
function playing(name: string, simulator: SimulatorOptions) {
  const world = worldFor({ app: desk.app, name: `strangers ${name}`, simulator });

  /** The turn once it is over: it had no effect twice, did not ask in a loop, and says why when it has no reply. */
  async function ended(turnId: string): Promise<TurnView> {
    const turn = await world.end(turnId);
    const keys = effectsOf(turnId).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    const requests = await world.requests();
    const own = requests.filter(({ path }) => turn.run !== undefined && path.includes(turn.run.threadId));
    expect(own.length).toBeLessThan(MOST_REQUESTS);
    if (turn.status === 'failed' || turn.status === 'expired')
      expect(turn.failure?.type).toMatch(/^(?:Run|Provider|Approval)\.\w+$/);
    return turn;
  }

  async function decided(turnId: string, decision: 'approve' | 'deny'): Promise<void> {
    const [approval] = await world.pending(turnId);
    expect(await world.decide(approval!, { decision })).toMatchObject({ outcome: 'applied' });
  }

  async function state(): Promise<{ now: string; runs: SeenRun[] }> {
    return (await world.control('state')) as { now: string; runs: SeenRun[] };
  }

  async function runsOf(turnId: string): Promise<SeenRun[]> {
    const { runs } = await state();
    return runs.filter(({ metadata }) => Object.values(metadata).includes(turnId));
  }

  const runIn = (turnId: string, ...statuses: string[]) =>
    until(`a run that is ${statuses.join(' or ')}`, async () => {
      const [run] = await runsOf(turnId);
      return run !== undefined && statuses.includes(run.status) ? run : null;
    });

  const loseAnswer = (path: string) =>
    world.control('faults', { match: { method: 'POST', path }, fault: { type: 'drop_after' } });

  /** Asks the server as another client of it would. */
  async function ask(path: string, body?: object): Promise<unknown> {
    const answer = await fetch(new URL(path, world.provider), {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: 'Bearer test-key',
        'openai-beta': 'assistants=v2',
        'content-type': 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return answer.json();
  }

  return { world, ended, decided, state, runsOf, runIn, loseAnswer, ask };
}

describe.each(PROFILE_NAMES)('on a server with %s', (profile) => {
  const { world, ended, decided, runIn, runsOf, loseAnswer, ask } = playing(profile, { profile });

  test.concurrent('a turn without tools ends with the reply', async () => {
    expect(await ended(await world.say('hi'))).toMatchObject({ status: 'completed', reply: 'Hello.' });
  });

  test.concurrent('an approved call runs once', async () => {
    const turnId = await world.say('single');
    await decided(turnId, 'approve');
    expect(await ended(turnId)).toMatchObject({ status: 'completed', reply: 'refund: refund is done.' });
    expect(effectsOf(turnId)).toHaveLength(1);
  });

  test.concurrent('a denied call does not run, and the model is told', async () => {
    const turnId = await world.say('single');
    await decided(turnId, 'deny');
    const turn = await ended(turnId);
    expect(turn.status).toBe('completed');
    expect(turn.reply).toContain('Decision: denied.');
    expect(effectsOf(turnId)).toEqual([]);
  });

  test.concurrent('several rounds make one turn', async () => {
    const turnId = await world.say('rounds');
    await decided(turnId, 'approve');
    await decided(turnId, 'approve');
    expect((await ended(turnId)).status).toBe('completed');
    expect(effectsOf(turnId).map(({ tool }) => tool)).toEqual(['lookup', 'refund', 'refund']);
  });

  test.concurrent('a turn cancelled while it is held leaves the conversation free', async () => {
    const conversationId = `held-${profile}`;
    const turnId = await world.say('rounds', { conversationId });
    await world.pending(turnId);
    await world.client.cancelTurn(TENANT, turnId);
    expect(await ended(turnId)).toMatchObject({
      status: 'cancelled',
      approvals: [{ status: 'cancelled' }],
    });
    const next = await ended(await world.say('hi', { conversationId }));
    expect(next).toMatchObject({ status: 'completed', reply: 'Hello.' });
    expect(effectsOf(turnId).map(({ tool }) => tool)).toEqual(['lookup']);
  });

  test.concurrent('a cancel while the model thinks is carried out, though its answer is lost', async () => {
    const turnId = await world.say('slowly');
    const { id } = await runIn(turnId, 'in_progress', 'generating');
    await loseAnswer(`/v1/threads/*/runs/${id}/cancel`);
    await world.client.cancelTurn(TENANT, turnId);
    expect((await ended(turnId)).status).toBe('cancelled');
    expect(await runsOf(turnId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test.concurrent('a create and a submit whose answers are lost are not repeated', async () => {
    const conversationId = `lost-${profile}`;
    const { run } = await ended(await world.say('hi', { conversationId }));
    const thread = `/v1/threads/${run!.threadId}`;
    await loseAnswer(`${thread}/runs`);
    await loseAnswer(`${thread}/runs/*/submit_tool_outputs`);
    const turnId = await world.say('single', { conversationId });
    await decided(turnId, 'approve');
    expect(await ended(turnId)).toMatchObject({ status: 'completed', reply: 'refund: refund is done.' });
    expect(await runsOf(turnId)).toHaveLength(1);
    expect(effectsOf(turnId)).toHaveLength(1);
    const { data } = (await ask(`${thread}/messages`)) as { data: { role: string }[] };
    expect(data.map(({ role }) => role).sort()).toEqual(['assistant', 'assistant', 'user', 'user']);
  });
});

describe.concurrent.each([
  '',
  'no-active-run-lock',
  'filters-ignored',
  'cancel-at-once',
  'uuid-ids,other-error-texts',
])('somebody else’s run on the thread, on a server with "%s"', (profile) => {
  const simulator = profile === '' ? {} : { profile };
  const { world, ended, runsOf, ask } = playing(`stranger ${profile}`, simulator);

  test('is waited for, or the turn says what is wrong', async () => {
    const conversationId = `c-${profile.replaceAll(',', '-')}`;
    const { run } = await ended(await world.say('hi', { conversationId }));
    const thread = `/v1/threads/${run!.threadId}`;
    const { assistant_id } = (await ask(`${thread}/runs/${run!.runId}`)) as { assistant_id: string };
    const additional_messages = [{ role: 'user', content: 'slowly' }];
    const other = (await ask(`${thread}/runs`, { assistant_id, additional_messages })) as { id: string };
    const creations = async () =>
      (await world.requests('runs.create')).filter(({ path }) => path.startsWith(thread)).length;
    const before = await creations();
    const turnId = await world.say('hi', { conversationId });
    await until('our create', async () => (await creations()) > before);
    await ask(`${thread}/runs/${other.id}/cancel`, {});
    const turn = await ended(turnId);
    if (profile === '') expect(turn).toMatchObject({ status: 'completed', reply: 'Hello.' });
    else expect(['completed', 'failed']).toContain(turn.status);
    expect((await runsOf(turnId)).length).toBe(turn.status === 'completed' ? 1 : 0);
  });
});

describe('a server whose clock jumps while a question is open', () => {
  const { world, ended } = playing('jumping clock', {});

  test.each([
    ['ahead, past the end of the run', 700_000],
    ['back', -90_000],
  ])('%s: the decision is carried out once and the turn ends', async (_, skewMs) => {
    await world.control('clock', { skewMs: 0 });
    const approval = await world.asked('single');
    await world.control('clock', { skewMs });
    await world.decide(approval, {});
    expect((await ended(approval.turnId)).status).toBe('completed');
    expect(effectsOf(approval.turnId)).toHaveLength(1);
  });
});

/** Less the submit margin of 20 s, people have 4 s. */
const SHORT = { runTtlSeconds: 24, latency: { startMs: 600, thinkMs: 600 } };

describe.concurrent.each(['clock-ahead', 'clock-behind', 'expiry-never', 'expiry-when-read', 'ttl-restarts'])(
  'a short-lived run on a server with %s',
  (profile) => {
    const { world, ended, decided } = playing(`short ${profile}`, { profile, ...SHORT });

    test.concurrent('a question nobody answers ends in time, neither early nor late', async () => {
      const turnId = await world.say('single');
      const turn = await ended(turnId);
      expect(turn.status).toBe('completed');
      expect(turn.reply).toContain('Timed out. Do not proceed.');
      const [question] = turn.approvals;
      expect(question).toMatchObject({ status: 'expired', outcome: 'not_executed' });
      const heldMs = Date.parse(question!.resolvedAt!) - Date.parse(question!.requestedAt);
      expect(heldMs).toBeGreaterThan(1_000);
      expect(heldMs).toBeLessThan(4_500);
      expect(effectsOf(turnId)).toEqual([]);
    });

    test.concurrent('a question answered in time is carried out', async () => {
      const turnId = await world.say('single');
      await decided(turnId, 'approve');
      expect(await ended(turnId)).toMatchObject({ status: 'completed', reply: 'refund: refund is done.' });
      expect(effectsOf(turnId)).toHaveLength(1);
    });
  },
);

describe.concurrent('where requires_action gives the run its time again', () => {
  const { world, ended } = playing('restarted rounds', { profile: 'ttl-restarts', ...SHORT });

  test('each round has a deadline of its own', async () => {
    const first = await world.asked('rounds');
    await sleep(2_200); // deadlines are told in whole seconds, on both of the clocks they are measured by
    await world.decide(first, {});
    const [second] = await world.pending(first.turnId);
    expect(Date.parse(second!.runDeadline!)).toBeGreaterThan(Date.parse(first.runDeadline!) + 900);
    await world.decide(second!, {});
    expect((await ended(first.turnId)).status).toBe('completed');
  });
});

describe('a status we do not know', () => {
  const simulator = { profile: 'status-generating', latency: { thinkMs: 3_000 } };
  const { world, ended } = playing('generating for long', simulator);

  test('is waited on with pauses', async () => {
    expect(await ended(await world.say('hi'))).toMatchObject({ status: 'completed', reply: 'Hello.' });
    expect((await world.requests('runs.retrieve')).length).toBeLessThan(15);
  });
});

describe.concurrent.each([
  'expires-at-null',
  'expires-at-zero',
  'expires-at-past',
  'expires-at-null,submit-ignored',
  'expires-at-null,submit-reopens',
  'expires-at-null,expiry-when-read,no-active-run-lock',
])('a decision after the run has expired unseen, on a server with %s', (profile) => {
  // A run that takes outputs late and expires once it is looked at has to have its answer by the first look.
  const isReadToDeath = profile.includes('expiry-when-read');
  const latency = isReadToDeath ? { latency: { startMs: 0, thinkMs: 0 } } : {};
  const simulator = { profile, runTtlSeconds: 2, ...latency };
  const { world, ended, state, runsOf } = playing(`unseen ${profile}`, simulator);

  test('is carried out once, and a run is told', async () => {
    const approval = await world.asked('single');
    await until('the end of the run’s time', async () => {
      const { now } = await state();
      const [run] = await runsOf(approval.turnId);
      return run !== undefined && Date.parse(now) > Date.parse(run.expiresAt) ? run : null;
    });
    expect(await world.decide(approval, {})).toMatchObject({ outcome: 'applied' });
    const turn = await ended(approval.turnId);
    expect(turn.status).toBe('completed');
    expect(turn.approvals).toMatchObject([{ status: 'approved', outcome: 'executed' }]);
    expect(effectsOf(approval.turnId)).toHaveLength(1);
  });
});

describe('a server that drops the messages inside its runs', () => {
  const dropping = { profile: 'drops-additional-messages' };
  const { world, ended, decided, runsOf, ask } = playing('dropping', dropping);

  /** What the model had to read, in the order it was said. */
  async function saidIn(turn: TurnView): Promise<string[]> {
    const list = (await ask(`/v1/threads/${turn.run?.threadId}/messages?order=asc`)) as {
      data: { role: string; content: { text: { value: string } }[] }[];
    };
    return list.data
      .filter(({ role }) => role === 'user')
      .map(({ content }) => content.map(({ text }) => text.value).join(''));
  }

  test('gets each message once, whichever answers are lost', async () => {
    const conversationId = 'dropping';
    for (const path of ['re:/runs$', 're:/threads/[^/]+/messages$', 're:/cancel$', 're:/runs$'])
      await world.control('faults', { match: { method: 'POST', path }, fault: { type: 'drop_after' } });
    const first = await ended(
      await world.say('single', { conversationId }).then(async (turnId) => {
        await decided(turnId, 'approve');
        return turnId;
      }),
    );
    expect(first).toMatchObject({ status: 'completed', reply: 'refund: refund is done.' });
    const second = await ended(await world.say('hi', { conversationId }));
    expect(second).toMatchObject({ status: 'completed', reply: 'Hello.' });
    expect(await saidIn(second)).toEqual(['single', 'hi']);
    // The run without its message is ended, and none of ours is left at work.
    for (const { status } of await runsOf(first.turnId)) expect(status).toMatch(/^(?:completed|cancelled)$/);
    expect((await runsOf(second.turnId)).map(({ status }) => status)).toEqual(['completed']);
  });

  test('is known again by another worker in the same conversation', async () => {
    const conversationId = 'dropping-again';
    await ended(await world.say('hi', { conversationId }));
    await world.stopWorker();
    await world.startWorker();
    const turnId = await world.say('hi', { conversationId });
    const turn = await ended(turnId);
    expect(await saidIn(turn)).toEqual(['hi', 'hi']);
    expect(await runsOf(turnId)).toHaveLength(1);
  });
});
