/**
 * The Assistants pattern as a plain program: an assistant that is made once, a thread for each conversation, a run for each
 * message, which waits in `requires_action` until all its calls have an output.
 *
 *   node examples/assistants-pattern/refund-desk.ts "Refund order A-1042, it arrived broken" "Thank you"
 *
 * Variables as in examples/chat-pattern. OpenAI itself has switched this protocol off; the simulator and other servers speak it.
 * Nothing here is durable: if the process dies, nobody answers the run. A worker with COUNTERSIGN_PROVIDER=assistants does.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import OpenAI from 'openai';

import { MODEL } from '../chat-pattern/model.ts';
import { carryOut, FUNCTIONS } from '../chat-pattern/tools.ts';

/** By this the assistant is found again: another one, when the definition changes. */
const KEY = 'refund-desk-1';
/** A run lives ten minutes, and nothing prolongs it: people get a little less. */
const TIMEOUT_MINUTES = 9;

const { assistants, threads } = new OpenAI().beta;

// #region pattern
const assistant_id = await findOrCreateAssistant();
const { id: thread_id } = await threads.create();

for (const said of process.argv.slice(2)) {
  const run = await threads.runs.create(thread_id, {
    assistant_id,
    additional_messages: [{ role: 'user', content: said }],
  });
  console.log(`reply: ${await follow(run)}`);
}

async function findOrCreateAssistant(): Promise<string> {
  for await (const assistant of assistants.list({ limit: 100 })) {
    if (assistant.metadata?.key === KEY) return assistant.id;
  }
  const { id } = await assistants.create({
    model: MODEL,
    instructions: 'You are a refund desk. Look orders up and refund them.',
    tools: FUNCTIONS.map((definition) => ({ type: 'function', function: definition })),
    metadata: { key: KEY },
  });
  console.log(`assistant created: ${id}`);
  return id;
}

/** Goes on until the run is over. @returns its reply. */
async function follow(first: OpenAI.Beta.Threads.Run): Promise<string> {
  let run = first;
  while (run.status !== 'completed') {
    switch (run.status) {
      case 'queued':
      case 'in_progress':
      case 'cancelling':
        await sleep(500);
        run = await threads.runs.retrieve(run.id, { thread_id });
        break;
      case 'requires_action':
        run = await answer(run);
        break;
      default:
        throw new Error(`The run is ${run.status}: ${run.last_error?.message ?? 'no reason given'}`);
    }
  }
  // Newest first, and only what this run has said.
  const { data } = await threads.messages.list(thread_id, { run_id: run.id, order: 'desc', limit: 1 });
  return (data[0]?.content ?? []).map((part) => (part.type === 'text' ? part.text.value : '')).join('');
}

/** All outputs go into one request. */
async function answer(run: OpenAI.Beta.Threads.Run): Promise<OpenAI.Beta.Threads.Run> {
  const calls = run.required_action?.submit_tool_outputs.tool_calls ?? [];
  const tool_outputs = await Promise.all(
    calls.map(async ({ id, function: { name, arguments: args } }) => ({
      tool_call_id: id,
      output: await carryOut(id, name, args, TIMEOUT_MINUTES),
    })),
  );
  return threads.runs.submitToolOutputs(run.id, { thread_id, tool_outputs });
}
// #endregion pattern
