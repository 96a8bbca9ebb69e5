import type { Readable, Writable } from 'node:stream';

import { cancel, intro, isCancel, select, text } from '@clack/prompts';

import { DEFAULTS, protocolsOf, type Protocol, type Provider, type Said } from './choices.ts';
import { InitError } from './init-error.ts';

const PROVIDER_WORDS: Record<Provider, string> = {
  simulator: 'the simulator: no key, no cost',
  openai: 'OpenAI, with your OPENAI_API_KEY; tests still use the simulator',
};

const PROTOCOL_WORDS: Record<Protocol, string> = {
  responses: 'Responses: OpenAI itself',
  chat: 'Chat Completions: any compatible server',
  assistants: 'Assistants (v2): servers that still speak it',
  agents: 'Agents API: a public beta',
};

/** Where the questions are asked, unless it is this process's own terminal. */
export interface Terminal {
  input?: Readable;
  output?: Writable;
}

/**
 * Asks what has not been said, in the terminal.
 *
 * @throws InitError when the person leaves.
 */
export async function ask({ folder, provider, protocol }: Said, terminal: Terminal = {}) {
  intro('A project with a gate: an action that a person signs off.', terminal);
  const chosenFolder =
    folder ??
    (await answer(text({ ...terminal, message: 'Folder', initialValue: `./${DEFAULTS.folder}` }), terminal));
  const chosenProvider =
    provider ??
    (await choose('Which provider does npm run dev use?', PROVIDER_WORDS, DEFAULTS.provider, terminal));
  const spoken = protocolsOf(chosenProvider).map((name) => [name, PROTOCOL_WORDS[name]]);
  const words = Object.fromEntries(spoken) as Record<Protocol, string>;
  const chosenProtocol = protocol ?? (await choose('Which protocol?', words, DEFAULTS.protocol, terminal));
  return { folder: chosenFolder, provider: chosenProvider, protocol: chosenProtocol };
}

function choose<Value extends string>(
  message: string,
  words: Readonly<Record<Value, string>>,
  initialValue: Value,
  terminal: Terminal,
): Promise<Value> {
  const options = (Object.keys(words) as Value[]).map((value) => ({ value, label: words[value] }));
  // The type of an option depends on the type of its value, which the compiler cannot tell of a generic one.
  const asked = select<string>({ ...terminal, message, initialValue, options });
  return answer(asked, terminal) as Promise<Value>;
}

async function answer<Value>(asked: Promise<Value | symbol>, terminal: Terminal): Promise<Value> {
  const given = await asked;
  if (!isCancel(given)) return given as Value; // isCancel tells nothing of the other case
  cancel('Nothing was written.', terminal);
  throw new InitError('');
}
