import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { createDesk } from '../support/desk.ts';
import { startProxy, type Answered, type Rule } from '../support/proxy.ts';
import { startWorld, type World } from '../support/world.ts';

/** Servers, and what stands before them, whose answers of status 200 are not what they seem. */

const desk = createDesk();
let proxy: Awaited<ReturnType<typeof startProxy>>;
let world: World;

beforeAll(async () => {
  proxy = await startProxy();
  world = await startWorld({ app: desk.app, name: 'odd-answers', baseURL: proxy.url });
  proxy.standBefore(world.provider);
});
afterAll(async () => {
  await world.stop();
  await proxy.close();
});
afterEach(() => {
  proxy.clear();
  desk.effects.length = 0;
});

/** What another client of the provider asks it. */
const atProvider = (method: string, path: string) => {
  const headers = { authorization: 'Bearer k', 'openai-beta': 'assistants=v2' };
  return fetch(new URL(path, `${world.provider}/`), { method, headers });
};

const SUBMIT = /\/submit_tool_outputs$/;
const RUN = /\/runs\/[^/]+$/;
const RUNS = /\/runs\?/;
const MESSAGES = /\/messages\?/;

/** Hits the first requests that match, as many as there are answers. */
function once(
  method: string,
  path: RegExp,
  ...answers: ((real: () => Promise<Answered>) => Promise<Answered>)[]
): Rule {
  return (asked, forward) => {
    if (asked.method !== method || !path.test(asked.path)) return undefined;
    return answers.shift()?.(forward);
  };
}

const unavailable = () => Promise.resolve({ status: 503, body: { error: { message: 'Try again.' } } });
const withoutCalls = async (real: () => Promise<Answered>) => {
  const { status, body } = await real();
  return { status, body: { ...(body as object), required_action: null } };
};

/** An at-most-once tool that needs nobody: what it does twice stays done twice. */
const ONE_EFFECT = [expect.objectContaining({ tool: 'rushed' })];

describe('a tool runs once, though its run', () => {
  test('shows no calls to the look after a submit that did not arrive', async () => {
    proxy.add((asked) => {
      if (!asked.path.endsWith('/submit_tool_outputs')) return undefined;
      proxy.clear();
      proxy.add(once('GET', RUN, withoutCalls, withoutCalls));
      return unavailable();
    });
    const turn = await world.ended('rushed');
    expect(turn).toMatchObject({ status: 'completed', reply: 'rushed: rushed is done.' });
    expect(desk.effects).toEqual(ONE_EFFECT);
  });

  test('answers a submit with itself as it was before', async () => {
    proxy.add((asked) => {
      if (!asked.path.endsWith('/submit_tool_outputs')) return undefined;
      proxy.clear();
      const shown = asked.path.replace(SUBMIT, '');
      return atProvider('GET', shown).then(async (run) => ({ status: 200, body: await run.json() }));
    });
    const turn = await world.ended('rushed');
    expect(turn).toMatchObject({ status: 'completed', reply: 'rushed: rushed is done.' });
    expect(desk.effects).toEqual(ONE_EFFECT);
  });
});

const NO_LISTS = {
  'a page of HTML': '<html>We will be back soon.</html>',
  'an error': { error: { message: 'Upstream is busy.', code: 'upstream' } },
  'a body without a list': {},
  'a list that is null': { data: null },
};

describe.each(Object.entries(NO_LISTS))('%s with status 200', (_, body) => {
  const answered = () => Promise.resolve({ status: 200, body });

  test('in place of the runs makes no second run of a create whose answer was lost', async () => {
    proxy.add(once('GET', RUNS, answered, answered));
    proxy.add(
      once('POST', /\/runs$/, async (real) => {
        await real();
        return { status: 502, body: {} };
      }),
    );
    const turnId = await world.say('hi');
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
    expect(await world.seen(turnId)).toMatchObject({ runs: 1 });
  });

  test('in place of the messages is no empty reply', async () => {
    proxy.add(once('GET', MESSAGES, answered, answered));
    expect(await world.ended('hi')).toMatchObject({ status: 'completed', reply: 'Hello.' });
  });

  test('in place of the steps is no lost submit', async () => {
    const run = { seen: 0 };
    proxy.add(once('GET', /\/steps\?/, answered));
    // The submit arrives, its answer is lost, and the next look shows a run that is over: the steps are asked.
    proxy.add((asked, forward) => {
      if (!asked.path.endsWith('/submit_tool_outputs') || run.seen > 0) return undefined;
      run.seen += 1;
      proxy.add(
        once('GET', RUN, async (real) => {
          const { status, body: shown } = await real();
          return { status, body: { ...(shown as object), status: 'expired', required_action: null } };
        }),
      );
      return forward().then(() => ({ status: 502, body: {} }));
    });
    const turnId = await world.say('rushed');
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
    expect(await world.seen(turnId)).toMatchObject({ runs: 1, submits: 1 });
    expect(desk.effects).toEqual(ONE_EFFECT);
  });
});

test('a run that is shown as a page of HTML is looked at again', async () => {
  const page = () => Promise.resolve({ status: 200, body: '<html></html>' });
  proxy.add(once('GET', RUN, page));
  expect(await world.ended('pensive')).toMatchObject({ status: 'completed' });
});

describe('an assistant that was deleted at the provider', () => {
  test('is made again, and the turn goes on', async () => {
    await world.ended('hi');
    const { data } = (await (await atProvider('GET', 'assistants')).json()) as { data: { id: string }[] };
    for (const { id } of data) await atProvider('DELETE', `assistants/${id}`);
    expect(data.length).toBeGreaterThan(0);
    const turnId = await world.say('hi');
    expect(await world.end(turnId)).toMatchObject({ status: 'completed', reply: 'Hello.' });
    expect(await world.seen(turnId)).toMatchObject({ runs: 1 });
  });

  test('is looked for once: a thread that is gone is told', async () => {
    const conversationId = `gone-${Date.now()}`;
    const { run } = await world.ended('hi', { conversationId });
    await atProvider('DELETE', `threads/${run!.threadId}`);
    const turn = await world.ended('hi', { conversationId });
    expect(turn).toMatchObject({ status: 'failed', failure: { type: 'Provider.NotFound' } });
  });
});
