import type OpenAI from 'openai';

type Session = OpenAI.Beta.Agents.AgentSession;
type Turn = OpenAI.Beta.Agents.Sessions.Turn;

const functionTool = (name: string) => ({
  type: 'function' as const,
  name,
  description: 'For tests.',
  parameters: { type: 'object', properties: { orderId: { type: 'string' } } },
});

export const AGENT = {
  model: 'gpt-test',
  instructions: 'Help.',
  tools: [functionTool('lookup_order'), functionTool('refund_order')],
};

/** A session that has begun with this message. */
export function begin(client: OpenAI, input: string, metadata: Record<string, string> = {}) {
  return client.beta.agents.sessions.create({
    agent: AGENT,
    environment: { type: 'none' },
    input,
    metadata,
    review: 'none',
  });
}

/** Looks until the session is in one of these statuses. */
export async function until(
  client: OpenAI,
  sessionId: string,
  ...statuses: Session['status'][]
): Promise<Session> {
  for (;;) {
    const session = await client.beta.agents.sessions.retrieve(sessionId);
    if (statuses.includes(session.status)) return session;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The function calls that wait for a result. */
export function callsOf({ required_actions }: Session) {
  return required_actions.flatMap((action) => (action.type === 'function_call' ? [action] : []));
}

/** Results for all that wait, as events. */
export function resultsFor(session: Session, result: { success: boolean; output?: string; error?: string }) {
  return callsOf(session).map(({ call_id, turn_id }) => ({
    type: 'agent.session.input.tool_result' as const,
    call_id,
    turn_id,
    ...result,
  }));
}

export const say = (text: string) => ({
  type: 'agent.session.input.message' as const,
  input: [{ role: 'user' as const, content: [{ type: 'input_text' as const, text }] }],
});

/** All turns, oldest first. */
export async function turnsOf(client: OpenAI, sessionId: string): Promise<Turn[]> {
  const turns: Turn[] = [];
  for await (const turn of client.beta.agents.sessions.turns.list(sessionId, { order: 'asc', limit: 1 }))
    turns.push(turn);
  return turns;
}

/** What the assistant said in a turn. */
export async function saidIn(client: OpenAI, sessionId: string, turnId: string): Promise<string[]> {
  const said: string[] = [];
  const items = client.beta.agents.sessions.turns.items.list(turnId, { session_id: sessionId, limit: 1 });
  for await (const item of items) {
    if (item.type !== 'message' || item.role !== 'assistant') continue;
    said.push(...item.content.flatMap((part) => ('text' in part ? [part.text] : [])));
  }
  return said;
}
