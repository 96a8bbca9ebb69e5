import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';

import { MessageBlocks, MessageText, View, type Block } from './blocks.ts';

const TEAM = 'T0ACME';
export const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
export const TOKEN = 'xoxb-slack-test';
export const APP_TOKEN = 'xapp-slack-test';

/** Somebody in the workspace, as users.info tells of them. */
export interface SlackAccount {
  id: string;
  team_id?: string;
  deleted?: boolean;
  is_bot?: boolean;
  is_restricted?: boolean;
  is_ultra_restricted?: boolean;
  is_stranger?: boolean;
  is_email_confirmed?: boolean;
  profile?: { email?: string };
}

export interface SlackMessage {
  channel: string;
  ts: string;
  text: string;
  blocks: Block[];
  /** How often it was changed. */
  updates: number;
  /** As it was at first. */
  posted: string;
  /** JSON, which nobody sees. */
  metadata: string | undefined;
}

export interface SlackServer {
  apiUrl: string;
  users: Map<string, SlackAccount>;
  messages: SlackMessage[];
  /** What was shown to people, newest last. */
  views: { triggerId: string; view: View }[];
  calls: { method: string; args: Record<string, string> }[];
  /** What becomes of the next calls of a method: so many seconds to wait, an error, or they are held until then. */
  trouble: Map<
    string,
    | { retryAfter: number }
    | { error: string }
    | { status: number }
    | { loses: 'the answer' }
    | { held: Promise<void> }
  >;
  /** Connections of Socket Mode that are open. */
  sockets: Set<WebSocket>;
  /** Sends an interaction over a connection. @returns what it is acknowledged with. */
  interact(payload: unknown): Promise<{ response_action?: string; view?: View }>;
  /** Ends the connections as Slack does: says so, and closes. */
  refreshSockets(): void;
  /** Channels that the bot is in. */
  channels: Set<string>;
  /** The messages in a channel, or in the conversation with a user. */
  of(id: string): SlackMessage[];
  close(): Promise<void>;
}

const Ack = z.strictObject({ envelope_id: z.uuid(), payload: z.looseObject({}).optional() });
const BOOLEAN = z.enum(['true', 'false']).optional();
const text_ = z.string().min(1);
const NOTHING_ALIVE = { parse: z.literal('none'), link_names: z.literal('false') };

/** Custom metadata: a type, and a payload that is no deeper than this. */
const Metadata = z.strictObject({
  event_type: z.string().min(1).max(255),
  event_payload: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** The arguments of each method: no others. */
const METHODS = {
  'auth.test': z.strictObject({}),
  'apps.connections.open': z.strictObject({}),
  'users.info': z.strictObject({ user: text_ }),
  'conversations.open': z.strictObject({ users: text_ }),
  'chat.postMessage': z.strictObject({
    ...{ channel: text_, text: MessageText, blocks: fromJson(MessageBlocks), ...NOTHING_ALIVE },
    ...{ mrkdwn: BOOLEAN, unfurl_links: z.literal('false'), unfurl_media: z.literal('false') },
    metadata: fromJson(Metadata).optional(),
  }),
  'conversations.history': z.strictObject({
    ...{ channel: text_, limit: z.coerce.number().int().min(1).max(999), include_all_metadata: BOOLEAN },
    cursor: z.string().optional(),
  }),
  'chat.update': z.strictObject({
    ...{ channel: text_, ts: text_, text: MessageText, blocks: fromJson(MessageBlocks), ...NOTHING_ALIVE },
  }),
  'views.open': z.strictObject({ trigger_id: text_, view: fromJson(View) }),
};

/** Plays Slack's methods, as strict as its documentation. */
export async function startSlack(): Promise<SlackServer> {
  const conversations = new Map<string, string>();
  const triggers = new Set<string>();
  let count = 0;
  const acks = new Map<string, (response: object) => void>();
  const tickets = new Set<string>();
  let socketUrl = '';
  const slack: Omit<SlackServer, 'apiUrl' | 'close'> = {
    ...{ sockets: new Set(), channels: new Set() },
    async interact(payload) {
      const [socket] = slack.sockets;
      if (socket === undefined) throw new Error('No connection is open.');
      const envelope_id = randomUUID();
      const acked = new Promise<object>((resolve) => acks.set(envelope_id, resolve));
      socket.send(
        JSON.stringify({ type: 'interactive', envelope_id, payload, accepts_response_payload: true }),
      );
      return acked;
    },
    refreshSockets() {
      for (const socket of slack.sockets) {
        socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested', debug_info: {} }));
        setTimeout(() => socket.close(), 100);
        slack.sockets.delete(socket);
      }
    },
    ...{ users: new Map(), messages: [], views: [], calls: [], trouble: new Map() },
    of: (id) => slack.messages.filter(({ channel }) => channel === (conversations.get(id) ?? id)),
  };

  function answer(method: string, args: Record<string, string>): Record<string, unknown> {
    switch (method) {
      case 'auth.test':
        return { team_id: TEAM, user_id: 'U0BOT', bot_id: 'B0BOT' };
      case 'apps.connections.open': {
        const ticket = randomUUID();
        tickets.add(ticket);
        return { url: `${socketUrl}?ticket=${ticket}` };
      }
      case 'users.info': {
        const user = slack.users.get(args.user ?? '');
        return user ? { user: { team_id: TEAM, ...user } } : { error: 'user_not_found' };
      }
      case 'conversations.open': {
        const user = args.users ?? '';
        if (!slack.users.has(user)) return { error: 'user_not_found' };
        conversations.set(user, conversations.get(user) ?? `D0${user}`);
        return { channel: { id: conversations.get(user) } };
      }
      case 'chat.postMessage': {
        const { channel, text: words, blocks } = METHODS[method].parse(args);
        const isKnown = slack.channels.has(channel) || [...conversations.values()].includes(channel);
        if (!isKnown) return { error: 'channel_not_found' };
        const ts = `1700000000.${String((count += 1)).padStart(6, '0')}`;
        slack.messages.push({
          channel,
          ts,
          text: words,
          blocks,
          updates: 0,
          posted: words,
          metadata: args.metadata,
        });
        return { channel, ts };
      }
      case 'conversations.history': {
        const { channel, limit, include_all_metadata: hasMetadata, cursor } = METHODS[method].parse(args);
        const all = slack.messages.filter((one) => one.channel === channel).toReversed();
        const from = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64').toString());
        const newest = all.slice(from, from + limit);
        const hasMore = all.length > from + limit;
        const next = hasMore ? Buffer.from(String(from + limit)).toString('base64') : '';
        return {
          messages: newest.map(({ ts, text: words, metadata = '{}' }) => ({
            ...{ type: 'message', ts, text: words },
            ...(hasMetadata === 'true' && { metadata: JSON.parse(metadata) as object }),
          })),
          ...{ has_more: hasMore, response_metadata: { next_cursor: next } },
        };
      }
      case 'chat.update': {
        const { channel, ts, text: words, blocks } = METHODS[method].parse(args);
        const message = slack.messages.find((one) => one.channel === channel && one.ts === ts);
        if (message === undefined) return { error: 'message_not_found' };
        Object.assign(message, { text: words, blocks, updates: message.updates + 1 });
        return { channel, ts };
      }
      case 'views.open': {
        const { trigger_id: triggerId, view } = METHODS[method].parse(args);
        if (triggers.has(triggerId)) return { error: 'exchanged_trigger_id' };
        triggers.add(triggerId);
        slack.views.push({ triggerId, view });
        return { view: { id: `V${randomUUID().slice(0, 8).toUpperCase()}` } };
      }
      default:
        return { error: 'unknown_method' };
    }
  }

  const server = createServer((request, response) => {
    void (async () => {
      const method = (request.url ?? '').replace(/^\/api\//, '');
      const { token, ...args } = Object.fromEntries(new URLSearchParams(await text(request)));
      slack.calls.push({ method, args });
      const send = (status: number, body: object, headers = {}) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify(body));
      };
      const trouble = slack.trouble.get(method);
      if (trouble !== undefined && 'held' in trouble) await trouble.held;
      else if (trouble !== undefined) {
        if ('loses' in trouble) {
          answer(method, args);
          response.destroy();
        } else if ('status' in trouble) send(trouble.status, {});
        else if ('error' in trouble) send(200, { ok: false, error: trouble.error });
        else send(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(trouble.retryAfter) });
        return;
      }
      const bearer = request.headers.authorization?.replace('Bearer ', '') ?? token;
      if (bearer !== (method === 'apps.connections.open' ? APP_TOKEN : TOKEN)) {
        send(200, { ok: false, error: 'invalid_auth' });
        return;
      }
      const schema = METHODS[method as keyof typeof METHODS] as z.ZodType | undefined;
      const problem = schema?.safeParse(args).error;
      if (problem !== undefined) {
        const error = problem.issues.some(({ path }) => path[0] === 'blocks')
          ? 'invalid_blocks'
          : 'invalid_arguments';
        send(200, { ok: false, error, response_metadata: { messages: problem.issues.map(String) } });
        return;
      }
      const result = answer(method, args);
      send(200, { ok: !('error' in result), ...result });
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  socketUrl = `ws://127.0.0.1:${port}/link`;
  const socketServer = new WebSocketServer({ server, path: '/link' });
  socketServer.on('connection', (socket, request) => {
    // An address is good once.
    if (!tickets.delete(new URL(request.url ?? '', socketUrl).searchParams.get('ticket') ?? ''))
      socket.close();
    slack.sockets.add(socket);
    socket.on('close', () => slack.sockets.delete(socket));
    socket.on('message', (data: Buffer) => {
      const { envelope_id, payload = {} } = Ack.parse(JSON.parse(data.toString()));
      acks.get(envelope_id)?.(payload);
    });
    socket.send(JSON.stringify({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A0APP' } }));
  });
  return {
    ...slack,
    apiUrl: `http://127.0.0.1:${port}/api/`,
    close: () =>
      new Promise((resolve) => {
        socketServer.close();
        for (const socket of socketServer.clients) socket.terminate();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** What Slack sends when somebody clicks or sends a form. */
export function signedRequest(
  payload: unknown,
  { nowMs, secret = SIGNING_SECRET }: { nowMs: number; secret?: string },
): { headers: Record<string, string>; body: string } {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
    },
  };
}

/** A click on a button of a message. */
export function clickOn(
  message: SlackMessage,
  actionId: string,
  {
    user,
    team = TEAM,
    value,
    channel = message.channel,
  }: { user: string; team?: string; value?: string; channel?: string },
) {
  const buttons = message.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
  const button = buttons.find(({ action_id }) => action_id === actionId);
  if (button === undefined && value === undefined) throw new Error(`The card has no button "${actionId}".`);
  return {
    ...{ type: 'block_actions', api_app_id: 'A0APP', is_enterprise_install: false, enterprise: null },
    ...{ user: { id: user, username: 'somebody', team_id: team }, team: { id: team, domain: 'acme' } },
    trigger_id: `12345.98765.${randomUUID()}`,
    container: { type: 'message', message_ts: message.ts, channel_id: channel, is_ephemeral: false },
    channel: { id: channel, name: 'directmessage' },
    actions: [
      {
        type: 'button',
        action_id: actionId,
        block_id: 'card-0',
        value: value ?? button?.value,
        action_ts: '1.2',
      },
    ],
  };
}

/** A form that is sent. */
export function submitted(
  view: View,
  {
    user,
    team = TEAM,
    text: words,
    id = `V${randomUUID().slice(0, 8)}`,
  }: { user: string; team?: string; text?: string; id?: string },
) {
  return {
    ...{ type: 'view_submission', api_app_id: 'A0APP', trigger_id: randomUUID(), response_urls: [] },
    ...{ user: { id: user, team_id: team }, team: { id: team, domain: 'acme' } },
    view: {
      ...{ ...view, id, team_id: team, hash: '1.abc' },
      state: { values: { text: { text: { type: 'plain_text_input', value: words ?? null } } } },
    },
  };
}

function fromJson<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((value, context) => {
      try {
        return JSON.parse(value) as unknown;
      } catch {
        context.addIssue('not JSON');
        return z.NEVER;
      }
    })
    .pipe(schema as z.ZodType<z.output<Schema>>);
}
