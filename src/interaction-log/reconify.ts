import { createHash } from 'node:crypto';

import { DefinitionError } from '../contracts/definition-error.ts';
import type { InteractionSink, ModelInteraction } from '../contracts/interaction-log/interaction.ts';
import { assistantExchange, chatExchange } from './reconify-exchange.ts';
import { isSinkUrl } from '../contracts/interaction-log/sink-url.ts';

/** Of Reconify's REST API, whose payload this is. */
const VERSION = '3.1.0';

/** How to reach Reconify. */
export interface ReconifyOptions {
  /** Where to: https, or http on this machine. Reconify names it to those who sign up. */
  url: string;
  appKey: string;
  apiKey: string;
  /** After how many idle minutes Reconify begins a new session. @default Reconify's own, 10 */
  sessionTimeoutMinutes?: number;
}

/**
 * Sends interactions to Reconify: one JSON body each, in the form its REST API describes (https://www.reconify.com/docs/openai/restapi).
 * Completed runs of the Assistants protocol go as type `assistant` (the message the run was made with, its reply), requests of the
 * other protocols as type `chat`. Tool executions and interactions without an answer are not sent.
 *
 * @throws DefinitionError for a URL or a key that cannot be.
 */
export function reconifySink({
  url,
  appKey,
  apiKey,
  sessionTimeoutMinutes,
}: ReconifyOptions): InteractionSink {
  if (!isSinkUrl(url)) {
    throw new DefinitionError(
      `reconifySink url is "${withoutCredentials(url)}": use an https URL without user information, or http on this machine.`,
    );
  }
  for (const [name, key] of Object.entries({ appKey, apiKey })) {
    if (key === '')
      throw new DefinitionError(`reconifySink ${name} is empty: set it to the key Reconify gave.`);
  }
  if (sessionTimeoutMinutes !== undefined && !(sessionTimeoutMinutes > 0)) {
    throw new DefinitionError(
      `reconifySink sessionTimeoutMinutes is ${sessionTimeoutMinutes}: use a number of minutes above 0.`,
    );
  }
  return {
    name: 'reconify',
    needsMessages: true,
    async write(interaction, signal) {
      if (interaction.kind !== 'model') return;
      const exchange = toExchange(interaction);
      if (exchange === null) return;
      const { type, startedAtMs, request, response } = exchange;
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          reconify: { format: 'openai', type, version: VERSION, appKey, apiKey },
          request,
          response,
          ...toUser(interaction),
          session: alphanumeric(interaction.session),
          ...(sessionTimeoutMinutes !== undefined && { sessionTimeout: sessionTimeoutMinutes }),
          timestamps: { request: startedAtMs, response: interaction.endedAtMs },
        }),
        signal,
        // The body carries keys: it goes where it was sent, and nowhere else.
        redirect: 'error',
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`Reconify answered ${answer.status}.`);
    },
  };
}

/** What is sent of an interaction; null for one that does not end in what Reconify calls an answer. */
function toExchange(interaction: ModelInteraction) {
  if (interaction.answer === undefined) return null;
  return interaction.protocol === 'assistants' ? assistantExchange(interaction) : chatExchange(interaction);
}

/** What Reconify takes of a person beside its id, by the same names in the turn's context. */
const ABOUT_USER = ['email', 'firstName', 'lastName', 'phone', 'gender'] as const;

/** A user has an id or an address; without either there is none. What was redacted away is no address. */
function toUser({ user, context = {} }: ModelInteraction): { user?: Record<string, unknown> } {
  const about = Object.fromEntries(
    ABOUT_USER.flatMap((name) => {
      const value = context[name];
      return typeof value === 'string' && value !== '' && !value.startsWith('[') ? [[name, value]] : [];
    }),
  );
  if (user === undefined && about.email === undefined) return {};
  const { isAuthenticated } = context;
  const isKnown = [true, false, 1, 0].includes(isAuthenticated as boolean);
  return {
    user: {
      ...(user !== undefined && { userId: user }),
      ...about,
      ...(isKnown && { isAuthenticated: Number(isAuthenticated) }),
    },
  };
}

/** A session is letters and digits. What other characters told apart, a digest at the end still does. */
function alphanumeric(session: string): string {
  const plain = session.replaceAll(/[^A-Za-z0-9]/g, '');
  if (plain === session) return session;
  return `${plain.slice(0, 64)}${createHash('sha256').update(session).digest('hex').slice(0, 12)}`;
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//…@');
}
