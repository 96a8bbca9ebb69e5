/**
 * The Chat pattern as a plain loop: send the messages, carry out the calls, append their outputs, until there are none.
 *
 *   node examples/chat-pattern/refund-desk.ts "Refund order A-1042, it arrived broken" "Thank you"
 *
 * Each argument is a message of one conversation. OPENAI_BASE_URL and OPENAI_API_KEY say who is asked, DECISIONS_URL and
 * DECISIONS_API_KEY where people are. Nothing here is durable: if the process dies, the conversation is gone. A worker with
 * COUNTERSIGN_PROVIDER=chat does the same and survives that.
 */
import OpenAI from 'openai';

import { MODEL } from './model.ts';
import { carryOut, FUNCTIONS } from './tools.ts';

const openai = new OpenAI();

// #region loop
const messages: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'system', content: 'You are a refund desk. Look orders up and refund them.' },
];

for (const said of process.argv.slice(2)) {
  messages.push({ role: 'user', content: said });
  console.log(`reply: ${await converse()}`);
}

/** Goes on until the model has no more calls to make. @returns its reply. */
async function converse(): Promise<string> {
  for (;;) {
    const { choices } = await openai.chat.completions.create({
      model: MODEL,
      messages,
      tools: FUNCTIONS.map((definition) => ({ type: 'function', function: definition })),
      parallel_tool_calls: false,
    });
    const message = choices[0]?.message;
    if (message === undefined) throw new Error('The model answered nothing.');
    const { role, content, tool_calls: calls = [] } = message;
    if (calls.length === 0) {
      messages.push({ role, content });
      return content ?? message.refusal ?? '';
    }
    messages.push({ role, content, tool_calls: calls.map(sentBack) });
    // Every call is answered before anything else is said, or the next request is refused.
    for (const call of calls) {
      const output =
        call.type === 'function'
          ? await carryOut(call.id, call.function.name, call.function.arguments, 24 * 60)
          : 'Not done: only functions can be called.';
      messages.push({ role: 'tool', tool_call_id: call.id, content: output });
    }
  }
}

/** A call as a request has it: some servers add fields to it, such as `index`, and others refuse them. */
function sentBack(call: OpenAI.ChatCompletionMessageToolCall): OpenAI.ChatCompletionMessageToolCall {
  const { id } = call;
  if (call.type === 'custom') return { id, type: 'custom', custom: call.custom };
  return { id, type: 'function', function: { name: call.function.name, arguments: call.function.arguments } };
}
// #endregion loop
