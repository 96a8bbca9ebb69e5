import { SystemMessage, ToolMessage, type AIMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { Command, END, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import type { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { ChatOpenAI } from '@langchain/openai';

import { INSTRUCTIONS, MODEL, REFUND_TOOL } from '../assistant.ts';
import { refund, type Refund } from '../refund.ts';

/** model → approval, which interrupts → tools → model, with every step checkpointed. */
export function createGraph(simulator: string, checkpointer: PostgresSaver) {
  const { name, description, parameters: schema } = REFUND_TOOL;
  const refundOrder = tool(async (input) => JSON.stringify(await refund(input as Refund)), {
    name,
    description,
    schema,
  });
  const model = new ChatOpenAI({
    model: MODEL,
    apiKey: 'simulator',
    configuration: { baseURL: simulator },
    useResponsesApi: false,
  }).bindTools([refundOrder]);
  const callsOf = (messages: (typeof MessagesAnnotation.State)['messages']) =>
    (messages.at(-1) as AIMessage).tool_calls ?? [];

  return new StateGraph(MessagesAnnotation)
    .addNode('model', async ({ messages }) => ({
      messages: [await model.invoke([new SystemMessage(INSTRUCTIONS), ...messages])],
    }))
    .addNode(
      'approval',
      ({ messages }) => {
        const calls = callsOf(messages);
        const { approved } = interrupt<unknown, { approved: boolean }>({ calls });
        if (approved) return new Command({ goto: 'tools' });
        const denied = calls.map(({ id = '' }) => new ToolMessage({ content: 'Denied.', tool_call_id: id }));
        return new Command({ goto: 'model', update: { messages: denied } });
      },
      { ends: ['tools', 'model'] },
    )
    .addNode('tools', new ToolNode([refundOrder]))
    .addEdge(START, 'model')
    .addConditionalEdges('model', ({ messages }) => (callsOf(messages).length > 0 ? 'approval' : END), [
      'approval',
      END,
    ])
    .addEdge('tools', 'model')
    .compile({ checkpointer });
}
