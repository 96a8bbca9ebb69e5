import { describe, expect, test } from 'vitest';

import { createSimulator, PROFILE_NAMES, PROFILES } from '../../src/app.ts';
import { callsOf, createBench, type Bench, type BenchRun } from '../support/bench.ts';

const REFUND = 'Please refund order A-1042';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function waiting(bench: Bench): Promise<BenchRun> {
  const run = await bench.run(REFUND);
  await run.until('requires_action');
  return run;
}

async function completed(bench: Bench): Promise<BenchRun> {
  const run = await bench.run('Hello');
  await run.until('completed');
  return run;
}

const cancel = (bench: Bench, run: BenchRun) => bench.send('POST', `${run.path}/cancel`);
const submitNothing = (bench: Bench, run: BenchRun) =>
  bench.send('POST', `${run.path}/submit_tool_outputs`, { tool_outputs: [] });

describe('names', () => {
  test('every profile says in a sentence what it is', () => {
    for (const { says } of Object.values(PROFILES)) expect(says).toMatch(/^[A-Za-z].*\.$/);
  });

  test('an unknown one is named, with the ones there are', () => {
    const create = () => createSimulator({ profile: ['created-201', 'no-lock', ''] });
    expect(create).toThrow('There is no profile "no-lock", "".');
    for (const name of PROFILE_NAMES) expect(create).toThrow(name);
  });

  test('two that contradict each other are refused', () => {
    expect(() => createSimulator({ profile: 'expires-at-null,expires-at-zero' })).toThrow(
      'The profiles expires-at-null and expires-at-zero contradict each other.',
    );
  });

  test('several can be played at once, as a list or in one text', async () => {
    for (const profile of ['created-201, uuid-ids', ['created-201', 'uuid-ids']]) {
      const { status, body } = await createBench({ profile }).send('POST', '/v1/threads', {});
      expect([status, body.id]).toEqual([201, expect.stringMatching(UUID)]);
    }
  });
});

/** What each deviation shows; what OpenAI shows in its place, say runs.test.ts and the recordings. */
const SHOWN: Record<keyof typeof PROFILES, { look: (bench: Bench) => Promise<unknown>; here: unknown }> = {
  'no-active-run-lock': {
    look: async (bench) => {
      const { threadId } = await waiting(bench);
      const path = `/v1/threads/${threadId}`;
      const run = await bench.send('POST', `${path}/runs`, { assistant_id: await bench.assistant() });
      const message = await bench.send('POST', `${path}/messages`, { role: 'user', content: 'Hurry' });
      return [run.status, message.status];
    },
    here: [200, 200],
  },
  'cancel-refused-while-waiting': {
    look: async (bench) => {
      const run = await waiting(bench);
      const { status } = await cancel(bench, run);
      return [status, (await run.now()).status];
    },
    here: [400, 'requires_action'],
  },
  'cancel-at-once': {
    look: async (bench) => {
      const answers = [
        await cancel(bench, await waiting(bench)),
        await cancel(bench, await completed(bench)),
      ];
      return answers.map(({ status, body }) => [status, body.status]);
    },
    here: [
      [200, 'cancelled'],
      [200, 'cancelled'],
    ],
  },
  'cancel-answers-ended': {
    look: async (bench) => {
      const run = await completed(bench);
      const { status, body } = await cancel(bench, run);
      return [status, body.status, (await run.now()).status];
    },
    here: [200, 'completed', 'completed'],
  },
  'expires-at-null': {
    look: async (bench) => {
      const run = await waiting(bench);
      const { expires_at } = await run.now();
      bench.pass(600_000);
      return [expires_at, (await run.now()).status];
    },
    here: [null, 'expired'],
  },
  'expires-at-zero': {
    look: async (bench) => (await waiting(bench)).created.expires_at,
    here: 0,
  },
  'expires-at-past': {
    look: async (bench) => {
      const run = await waiting(bench);
      const { expires_at, created_at, status } = await run.now();
      return [expires_at - created_at, status];
    },
    here: [-60, 'requires_action'],
  },
  'expiry-never': {
    look: async (bench) => {
      const run = await waiting(bench);
      bench.pass(86_400_000);
      await run.now();
      return (await run.submit({ refund_order: 'Refunded.' })).status;
    },
    here: 200,
  },
  'expiry-when-read': {
    look: async (bench) => {
      const [unread, read] = [await waiting(bench), await waiting(bench)];
      const outputs = callsOf(await unread.now()).map(({ id }) => ({ tool_call_id: id, output: 'Done.' }));
      bench.pass(700_000);
      const submit = { tool_outputs: outputs };
      const { status } = await bench.send('POST', `${unread.path}/submit_tool_outputs`, submit);
      return [status, (await read.now()).status];
    },
    here: [200, 'expired'],
  },
  'ttl-restarts': {
    look: async (bench) => {
      const run = await bench.run('Look up order A-1 and refund it');
      const left = async () => {
        const { expires_at } = await run.until('requires_action');
        return expires_at - Math.floor(bench.nowMs() / 1_000);
      };
      const first = await left();
      bench.pass(400_000);
      await run.submit(() => 'Found.');
      return [first, await left()];
    },
    here: [600, 600],
  },
  'status-generating': {
    look: async (bench) => {
      const run = await bench.run('Hello');
      const seen = new Set<string>();
      for (let look = 0; look < 14; look += 1) {
        seen.add((await run.now()).status);
        bench.pass(250);
      }
      return [...seen];
    },
    here: ['queued', 'generating', 'in_progress', 'completed'],
  },
  'submit-ignored': {
    look: async (bench) => {
      const run = await completed(bench);
      return [(await submitNothing(bench, run)).status, (await run.now()).status];
    },
    here: [200, 'completed'],
  },
  'submit-reopens': {
    look: async (bench) => {
      const run = await completed(bench);
      const { status } = await submitNothing(bench, run);
      const after = (await run.now()).status;
      await run.until('completed');
      const { body } = await bench.send('GET', `/v1/threads/${run.threadId}/messages`);
      return [status, after, body.data.filter(({ role }) => role === 'assistant').length];
    },
    here: [200, 'queued', 2],
  },
  'filters-ignored': {
    look: async (bench) => {
      const run = await completed(bench);
      const query = 'limit=1&order=desc&run_id=another';
      const { body } = await bench.send('GET', `/v1/threads/${run.threadId}/messages?${query}`);
      return body.data.map(({ role }) => role);
    },
    here: ['user', 'assistant'],
  },
  'drops-additional-messages': {
    look: async (bench) => {
      const thread = await bench.send('POST', '/v1/threads', {});
      const path = `/v1/threads/${thread.body.id}`;
      const run = await bench.send('POST', `${path}/runs`, {
        assistant_id: await bench.assistant(),
        additional_messages: [{ role: 'user', content: REFUND }],
      });
      const { body } = await bench.send('GET', `${path}/messages`);
      return [run.status, body.data.map(({ role }) => role)];
    },
    here: [200, []],
  },
  'created-201': {
    look: async (bench) => {
      const assistant = await bench.send('POST', '/v1/assistants', { model: 'gpt-5' });
      const thread = await bench.send('POST', '/v1/threads', {});
      const path = `/v1/threads/${thread.body.id}`;
      const message = await bench.send('POST', `${path}/messages`, { role: 'user', content: 'Hello' });
      const run = await bench.send('POST', `${path}/runs`, { assistant_id: assistant.body.id });
      const changed = await bench.send('POST', path, { metadata: {} });
      return [assistant, thread, message, run, changed].map(({ status }) => status);
    },
    here: [201, 201, 201, 201, 200],
  },
  'uuid-ids': {
    look: async (bench) => {
      const run = await waiting(bench);
      const steps = await bench.send('GET', `${run.path}/steps`);
      const messages = await bench.send('GET', `/v1/threads/${run.threadId}/messages`);
      const ids = [
        ...[run.id, run.threadId, run.created.assistant_id, callsOf(await run.now())[0]!.id],
        ...[steps.body.data[0]!.id, messages.body.data[0]!.id],
      ];
      return ids.map((id) => UUID.test(id));
    },
    here: [true, true, true, true, true, true],
  },
  'other-error-texts': {
    look: async (bench) => {
      const run = await completed(bench);
      const answers = [
        await submitNothing(bench, run),
        await cancel(bench, run),
        await bench.send('GET', '/v1/threads/thread_x'),
      ];
      return answers.map(({ status, body }) => [
        status,
        body.error.message.replace(run.id, 'run_x'),
        body.error.code,
      ]);
    },
    here: [
      [400, 'Run status is "completed", cannot submit tool outputs', null],
      [400, 'run run_x cannot cancel', null],
      [404, 'thread thread_x not found', 'not_found'],
    ],
  },
  'clock-ahead': { look: secondsAhead, here: 90 },
  'clock-behind': { look: secondsAhead, here: -90 },
};

/** How far the `date` of an answer, and what is created, are from the true time. */
async function secondsAhead(bench: Bench): Promise<number> {
  const { headers, body } = await bench.send('POST', '/v1/threads', {});
  expect(Date.parse(headers.get('date')!)).toBe(body.created_at * 1_000);
  return body.created_at - bench.nowMs() / 1_000;
}

test.each(PROFILE_NAMES)('%s', async (profile) => {
  const { look, here } = SHOWN[profile];
  expect(await look(createBench({ profile }))).toEqual(here);
});

test('a clock that is set keeps what it was set to', async () => {
  const bench = createBench({ profile: 'clock-ahead' });
  await bench.send('POST', '/_simulator/clock', { skewMs: 0 });
  expect(await secondsAhead(bench)).toBe(0);
});
