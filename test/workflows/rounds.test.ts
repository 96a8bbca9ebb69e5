import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { allow, defineAssistant, defineTool } from '../../src/index.ts';
import { appWith } from '../support/app.ts';
import { worldFor } from '../support/world.ts';

const effects: number[] = [];

const app = appWith(
  [
    defineTool({
      ...{ name: 'step', description: 'Go on.', parameters: z.strictObject({ count: z.int() }) },
      policy: allow(),
      execute: ({ count }) => {
        effects.push(count);
        return `${count} is done.`;
      },
    }),
  ],
  { maximumRounds: 3 },
);

const rounds = (word: string, times: number) => ({
  when: [word],
  rounds: Array.from({ length: times }, (_, count) => ({ calls: [{ tool: 'step', arguments: { count } }] })),
  reply: 'At last.',
});
const scenario = { rules: [rounds('few', 3), rounds('many', 4)], otherwise: { reply: 'Hello.' } };

describe.each(['assistants', 'chat'] as const)('over %s', (protocol) => {
  const world = worldFor({ app, name: `rounds ${protocol}`, protocol, simulator: { scenario } });

  test('a turn of as many rounds as its assistant may have completes', async () => {
    expect(await world.ended('few')).toMatchObject({ status: 'completed', reply: 'At last.' });
  });

  test('one of more fails with its type, ends its run, and leaves the conversation what was done', async () => {
    effects.length = 0;
    const turnId = await world.say('many', { conversationId: `many-${protocol}` });
    const turn = await world.end(turnId);
    expect(turn).toMatchObject({ status: 'failed', failure: { type: 'Turn.TooManyRounds' } });
    expect(turn.failure?.message).toContain('Raise maximumRounds');
    expect(effects).toEqual([0, 1, 2]);
    if (protocol === 'assistants') expect((await world.seen(turnId)).statuses).toEqual(['cancelled']);
    const next = await world.ended('hi', { conversationId: `many-${protocol}` });
    expect(next).toMatchObject({ status: 'completed', reply: 'Hello.' });
    if (protocol === 'chat') {
      const { body } =
        (await world.requests()).findLast(({ path }) => path.includes('chat/completions')) ?? {};
      expect(JSON.stringify(body)).toContain('2 is done.');
    }
  });
});

test.each([0, -1, 1.5, 201, Number.NaN])(
  'maximumRounds of %s is refused where it is defined',
  (maximumRounds) => {
    const define = () => defineAssistant({ name: 'desk', model: 'm', instructions: 'i', maximumRounds });
    expect(define).toThrow(/maximumRounds is .*: use a whole number from 1 to 200/);
  },
);
