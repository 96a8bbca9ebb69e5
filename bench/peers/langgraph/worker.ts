import { HumanMessage } from '@langchain/core/messages';
import { Command, isInterrupted } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';

import type { PeerWorkerOptions } from '../../contest/contestant.ts';
import { serve } from '../http-server.ts';
import { createGraph } from './graph.ts';

const { engine, port, simulator } = JSON.parse(process.argv[2] ?? '') as PeerWorkerOptions;
const checkpointer = PostgresSaver.fromConnString(engine.database ?? '');
await checkpointer.setup();
const graph = createGraph(simulator, checkpointer);

/** `sync`: a step is written down before the next one begins, as in the other engines. */
const configOf = (id: string) => ({ configurable: { thread_id: id }, durability: 'sync' as const });

await serve(port, {
  /** Answers when the turn waits for the decision. */
  'POST /turns/:id': async (id, { message }) => {
    const state = await graph.invoke({ messages: [new HumanMessage(String(message))] }, configOf(id));
    if (!isInterrupted(state)) throw new Error('The turn did not wait for a decision.');
    return state.__interrupt__[0]?.value;
  },
  /** Answers when the turn is over. */
  'POST /turns/:id/decision': async (id, { approved }) => {
    const state = await graph.invoke(new Command({ resume: { approved } }), configOf(id));
    if (isInterrupted(state)) throw new Error('The turn waits still.');
    return { reply: state.messages.at(-1)?.text };
  },
});
