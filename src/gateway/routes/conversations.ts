import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { isConversationId } from '../../contracts/ids.ts';
import { requireScope } from '../auth.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { LIST_BYTES } from '../memory.ts';
import { apiKeyWith, json, problems } from '../openapi.ts';
import { Problem } from '../problem.ts';
import { ConversationParams, wholeNumber } from '../parameters.ts';
import { ConversationDocument, ConversationsDocument, MessagesDocument } from '../schemas/turn.ts';
import { sealCitations } from '../tenant-files.ts';
import { refuseInvalid } from '../validation.ts';
import { illegalConversationId } from './turns.ts';

const MAXIMUM_TURNS = 100;
const MAXIMUM_CONVERSATIONS = 100;

/** Conversations: whose they are, their turns, and what was said in them. All need the scope `turns:write`. */
export function createConversationRoutes(parts: GatewayParts): OpenAPIHono<GatewayEnv> {
  const { client, apiKeys } = parts;
  const app = new OpenAPIHono<GatewayEnv>({ defaultHook: refuseInvalid });
  const guarded = {
    tags: ['turns'],
    security: apiKeyWith('turns:write'),
    middleware: [requireScope(apiKeys, 'turns:write')],
  };
  const common = {
    ...guarded,
    request: { params: ConversationParams, query: z.object({ limit: wholeNumber(1, MAXIMUM_TURNS, 20) }) },
  };

  const listConversations = createRoute({
    ...guarded,
    method: 'get',
    path: '/v1/conversations',
    operationId: 'listConversations',
    summary: 'List conversations',
    description:
      'The tenant’s conversations, newest first. With `user`, only those with a turn whose `context.user` is this user. The list follows changes within about a second.',
    request: {
      query: z.object({
        user: z.string().min(1).max(200).optional(),
        limit: wholeNumber(1, MAXIMUM_CONVERSATIONS, 20),
      }),
    },
    responses: {
      200: json('The conversations.', ConversationsDocument),
      ...problems(400, 401, 403, 429, 503),
    },
  });
  app.openapi(listConversations, async (c) => {
    const { user, limit } = c.req.valid('query');
    return c.json(await client.listConversations(c.var.apiKey.tenant, { user, limit }), 200);
  });

  const getConversation = createRoute({
    ...common,
    method: 'get',
    path: '/v1/conversations/{conversationId}',
    operationId: 'getConversation',
    summary: 'Read a conversation',
    description: 'Returns the newest turns. The list follows changes within about a second.',
    responses: {
      200: json('The conversation.', ConversationDocument),
      ...problems(400, 401, 403, 404, 429, 503),
    },
  });
  app.openapi(getConversation, async (c) => {
    const { conversationId } = c.req.valid('param');
    if (!isConversationId(conversationId)) throw illegalConversationId();
    const { limit } = c.req.valid('query');
    const view = await client.getConversation(c.var.apiKey.tenant, conversationId, limit);
    if (view === null) throw conversationNotFound();
    return c.json(view, 200);
  });

  const listMessages = createRoute({
    ...common,
    method: 'get',
    path: '/v1/conversations/{conversationId}/messages',
    operationId: 'listMessages',
    summary: 'Read the messages of a conversation',
    description: 'The messages and replies of the newest turns, newest first.',
    responses: { 200: json('The messages.', MessagesDocument), ...problems(400, 401, 403, 404, 429, 503) },
  });
  app.openapi(listMessages, async (c) => {
    const { conversationId } = c.req.valid('param');
    if (!isConversationId(conversationId)) throw illegalConversationId();
    const { limit } = c.req.valid('query');
    const { tenant } = c.var.apiKey;
    await c.var.hold(LIST_BYTES);
    const messages = await client.listMessages(tenant, conversationId, limit);
    if (messages === null) throw conversationNotFound();
    return c.json({ messages: messages.map((message) => sealCitations(parts, tenant, message)) }, 200);
  });

  return app;
}

function conversationNotFound(): Problem {
  return new Problem('conversation-not-found', 'No conversation of this tenant has this id.');
}
