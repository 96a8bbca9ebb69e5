import { createHash } from 'node:crypto';

import type OpenAI from 'openai';

import { ask, isFailure } from '../openai-client.ts';
import { createdId } from '../parse-answer.ts';
import type { AssistantSpec } from '../provider.ts';
import { listed } from '../readable.ts';
import { ASSISTANTS } from './run.ts';
import { builtInResources, builtInTools } from './tools.ts';

/** The metadata field by which an assistant is found again. */
const ASSISTANT_KEY = 'countersign_assistant';

/**
 * Runs a request that names an assistant by the provider's id of it: found by its key, which changes with the definition, or created.
 * The id is kept for the life of the process. One that was deleted at the provider is forgotten, and looked for once more.
 */
export function createAssistantFinder({ beta: { assistants } }: OpenAI) {
  const ids = new Map<string, Promise<string>>();

  function idOf(spec: AssistantSpec): { key: string; id: Promise<string> } {
    const definition = JSON.stringify(definitionOf(spec));
    const key = `${spec.name}:${createHash('sha256').update(definition).digest('hex').slice(0, 32)}`;
    let id = ids.get(key);
    if (id === undefined) {
      id = ask('find or create the assistant', () => findOrCreate(spec, key));
      ids.set(key, id);
      id.catch(() => ids.delete(key)); // a failed look-up is tried anew with the next run
    }
    return { key, id };
  }

  async function findOrCreate(spec: AssistantSpec, key: string): Promise<string> {
    for await (const assistant of listed('list the assistants', assistants.list({ limit: 100 }))) {
      if (assistant.metadata?.[ASSISTANT_KEY] === key) return assistant.id;
    }
    const { tools, name, model, instructions } = definitionOf(spec);
    const created = await assistants.create({
      ...{ name, model, instructions },
      tools: [...builtInTools(spec), ...tools.map((tool) => ({ type: 'function' as const, function: tool }))],
      ...builtInResources(spec),
      metadata: { [ASSISTANT_KEY]: key },
    });
    return createdId(created, { what: 'an assistant', speaks: ASSISTANTS });
  }

  return async <T>(spec: AssistantSpec, request: (assistantId: string) => Promise<T>): Promise<T> => {
    const { key, id } = idOf(spec);
    const used = await id;
    try {
      return await request(used);
    } catch (error) {
      if (!isFailure(error, 'Provider.NotFound')) throw error;
      if (ids.get(key) === id) ids.delete(key); // another turn may have found the new one already
      const other = await idOf(spec).id;
      if (other === used) throw error; // something else is gone, such as the thread
      return request(other);
    }
  };
}

/** The parts of an assistant that this protocol has. A change of other parts makes no new assistant. */
function definitionOf({ name, model, instructions, tools, builtInTools: builtIn }: AssistantSpec) {
  return {
    ...{ name, model, instructions },
    tools: tools.map((tool) => ({
      ...{ name: tool.name, description: tool.description, parameters: tool.parameters },
    })),
    ...(builtIn && { builtInTools: builtIn }),
  };
}
