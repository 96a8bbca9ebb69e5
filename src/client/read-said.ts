import { isGrpcServiceError, type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

import { conversationOfTurn, isTenant, turnWorkflowId } from '../contracts/ids.ts';
import { SAID_BEFORE, SAID_CHARACTERS, type Said, type SaidLine } from '../contracts/said.ts';
import type { TurnInput } from '../contracts/turn.ts';
import { TURN_WORKFLOW } from '../contracts/workflow-names.ts';
import type { ReadTurn } from './read-turn.ts';

const NOT_FOUND = 5;

interface Start {
  input: TurnInput;
  at: string;
}

/** What a turn was started with: its history's first event. Null where Temporal keeps no such turn. */
export async function readStart(temporal: Client, tenant: string, turnId: string): Promise<Start | null> {
  try {
    const { history } = await temporal.workflowService.getWorkflowExecutionHistory({
      namespace: temporal.options.namespace,
      execution: { workflowId: turnWorkflowId(tenant, turnId) },
      maximumPageSize: 1,
    });
    const event = history?.events?.[0];
    const payload = event?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
    if (!event || !payload) return null;
    const { seconds, nanos } = event.eventTime ?? {};
    const at = new Date(Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6);
    return { input: defaultPayloadConverter.fromPayload<TurnInput>(payload), at: at.toISOString() };
  } catch (error) {
    if (isGrpcServiceError(error) && (error.code as number) === NOT_FOUND) return null;
    throw error;
  }
}

/**
 * What was said before a question, from the turns' own starts and results: no worker is needed, and a turn is not larger for it. Turns that
 * began before this one are found by the index.
 */
export function createSaidReader(temporal: Client, readTurn: ReadTurn) {
  return { readSaid };

  /** @returns null when the tenant has no such turn. */
  async function readSaid(tenant: string, turnId: string): Promise<Said | null> {
    const conversationId = conversationOfTurn(turnId);
    if (conversationId === null || !isTenant(tenant)) return null;
    const start = await readStart(temporal, tenant, turnId);
    if (start === null) return null;
    const turns: string[] = [];
    for await (const earlier of earlierTurns(tenant, { conversationId, turnId, at: start.at })) {
      turns.push(earlier);
      if (turns.length === SAID_BEFORE / 2) break;
    }
    const before = await Promise.all(turns.toReversed().map((earlier) => linesOf(tenant, earlier)));
    return {
      message: messageOf(turnId, start, SAID_CHARACTERS.message),
      before: before.flat().slice(-SAID_BEFORE),
    };
  }

  async function* earlierTurns(
    tenant: string,
    { conversationId, turnId, at }: { conversationId: string; turnId: string; at: string },
  ) {
    const conditions = [
      `WorkflowType = '${TURN_WORKFLOW}'`,
      `CountersignTenant = '${tenant}'`,
      `ConversationId = '${conversationId}'`,
      `StartTime <= '${at}'`,
    ];
    const pageSize = SAID_BEFORE / 2 + 1;
    for await (const { workflowId } of temporal.workflow.list({
      query: conditions.join(' AND '),
      pageSize,
    })) {
      const id = workflowId.slice(turnWorkflowId(tenant, '').length);
      if (id !== turnId) yield id;
    }
  }

  async function linesOf(tenant: string, turnId: string): Promise<SaidLine[]> {
    const [start, turn] = await Promise.all([readStart(temporal, tenant, turnId), readTurn(tenant, turnId)]);
    if (start === null) return [];
    const message = messageOf(turnId, start, SAID_CHARACTERS.before);
    const { reply = '' } = turn ?? {};
    if (reply === '') return [message];
    return [message, { by: 'assistant', ...cut(reply, SAID_CHARACTERS.before), at: start.at }];
  }
}

function messageOf(turnId: string, { input, at }: Start, most: number): SaidLine {
  const { user } = input.context;
  const by = isNews(turnId, input.message) ? 'countersign' : 'user';
  return { by, ...(by === 'user' && user !== undefined && { user }), ...cut(input.message, most), at };
}

/** Of a turn that tells the model what became of a parked approval (workflows/news.ts): its id follows from that approval's. */
function isNews(turnId: string, message: string): boolean {
  const [, own = '', approval = ''] =
    /^News about "[^"]*", which awaited approval \S*\.([a-z0-9]+)\.([a-z0-9]+): /.exec(message) ?? [];
  return own !== '' && turnId.endsWith(`.${own.slice(0, 20)}${approval.slice(0, 12)}`);
}

function cut(text: string, most: number): Pick<SaidLine, 'text' | 'left'> {
  const characters = Array.from(text.slice(0, most * 2));
  const kept = characters.slice(0, most).join('');
  return kept.length === text.length ? { text } : { text: kept, left: text.length - kept.length };
}
