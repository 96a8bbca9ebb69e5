import { DefinitionError } from '../contracts/definition-error.ts';
import type { InteractionSink, ModelInteraction } from '../contracts/interaction-log/interaction.ts';
import { assistantExchange, chatExchange } from './reconify-exchange.ts';
import { isSinkUrl } from '../contracts/interaction-log/sink-url.ts';

/** The version of the payload, as Reconify's page on its REST API has it. */
const VERSION = '1.0.0';

export interface ReconifyOptions {
  /** Where to: https, or http on this machine. Reconify names it to those who sign up. */
  url: string;
  appKey: string;
  apiKey: string;
  /** After how many idle minutes Reconify begins a new session. @default Reconify's own */
  sessionTimeoutMinutes?: number;
}

/**
 * Sends interactions to Reconify: one JSON body each, in the form its REST API describes (https://www.reconify.com/docs/openai/restapi).
 * Runs that are over go as type `assistant` (the run, the message it was made with, its reply), requests of the other protocols as
 * type `chat`. Tool executions and interactions without an answer are not sent.
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
      `reconifySink url is "${withoutCredentials(url)}": use an https URL without a user in it, or http on this machine.`,
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
          user: toUser(interaction),
          session: interaction.session,
          sessionTimeout: sessionTimeoutMinutes ?? null,
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
  const isRun = interaction.protocol === 'assistants' || interaction.protocol === 'agents';
  return isRun ? assistantExchange(interaction) : chatExchange(interaction);
}

/** `userId`, and what the service said about the user beside it. */
function toUser({ user, tenant, context }: ModelInteraction): Record<string, unknown> {
  return { ...context, ...(user !== undefined && { userId: user }), tenant };
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//…@');
}
