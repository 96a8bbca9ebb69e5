import * as restate from '@restatedev/restate-sdk';
import OpenAI from 'openai';

import { chatRequest } from '../chat.ts';
import { refund, type Refund } from '../refund.ts';

type Message = OpenAI.ChatCompletionMessageParam;

/** The agent's loop by hand: model, wait for the decision, tool, model; each a `run`, the wait an awakeable. */
export function createTurn(simulator: string) {
  const openai = new OpenAI({ apiKey: 'simulator', baseURL: simulator, maxRetries: 0 });

  async function askModel(transcript: Message[]) {
    const { choices } = await openai.chat.completions.create(chatRequest(transcript));
    const message = choices[0]?.message;
    if (message === undefined) throw new Error('The model said nothing.');
    return message;
  }

  return restate.workflow({
    name: 'turn',
    handlers: {
      run: async (ctx: restate.WorkflowContext, message: string): Promise<string> => {
        const transcript: Message[] = [{ role: 'user', content: message }];
        for (;;) {
          const answer = await ctx.run('model', () => askModel(transcript));
          transcript.push(answer);
          const calls = (answer.tool_calls ?? []).filter((call) => call.type === 'function');
          if (calls.length === 0) return answer.content ?? '';
          const decision = ctx.awakeable<{ approved: boolean }>();
          await ctx.promise<string>('held').resolve(decision.id);
          const { approved } = await decision.promise;
          for (const call of calls) {
            const input = JSON.parse(call.function.arguments) as Refund;
            const output = approved ? await ctx.run('tool', () => refund(input)) : 'Denied.';
            transcript.push({ role: 'tool', tool_call_id: call.id, content: JSON.stringify(output) });
          }
        }
      },
      /** Answers when the turn waits, with the id under which the decision is given. */
      untilHeld: async (ctx: restate.WorkflowSharedContext): Promise<string> => ctx.promise<string>('held'),
    },
  });
}
export type Turn = ReturnType<typeof createTurn>;
