import { DBOS } from '@dbos-inc/dbos-sdk';
import OpenAI from 'openai';

import { chatRequest } from '../chat.ts';
import { refund, type Refund } from '../refund.ts';
import { DECISION, HELD } from './names.ts';

type Message = OpenAI.ChatCompletionMessageParam;

const A_WEEK_IN_SECONDS = 7 * 24 * 3_600;

/** The agent's loop by hand: model, wait for the decision, tool, model; each a step, the wait a `recv`. */
export function registerTurn(simulator: string) {
  const openai = new OpenAI({ apiKey: 'simulator', baseURL: simulator, maxRetries: 0 });

  async function askModel(transcript: Message[]) {
    const { choices } = await openai.chat.completions.create(chatRequest(transcript));
    const message = choices[0]?.message;
    if (message === undefined) throw new Error('The model said nothing.');
    return message;
  }

  async function turn(message: string): Promise<string> {
    const transcript: Message[] = [{ role: 'user', content: message }];
    for (;;) {
      const answer = await DBOS.runStep(() => askModel(transcript), { name: 'model', retriesAllowed: true });
      transcript.push(answer);
      const calls = (answer.tool_calls ?? []).filter((call) => call.type === 'function');
      if (calls.length === 0) return answer.content ?? '';
      await DBOS.setEvent(HELD, calls);
      const decision = await DBOS.recv<{ approved: boolean }>(DECISION, A_WEEK_IN_SECONDS);
      for (const call of calls) {
        const input = JSON.parse(call.function.arguments) as Refund;
        const output =
          decision?.approved === true
            ? await DBOS.runStep(() => refund(input), { name: 'tool', retriesAllowed: true })
            : 'Denied.';
        transcript.push({ role: 'tool', tool_call_id: call.id, content: JSON.stringify(output) });
      }
    }
  }

  return DBOS.registerWorkflow(turn, { name: 'turn' });
}
