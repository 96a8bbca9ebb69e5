import { newMetadata } from '../metadata.ts';
import { toToolResources, toTools } from './bodies.ts';
import { toSeconds } from '../clock.ts';
import { resolveResources } from '../files/resources.ts';
import { paginate } from '../http/pagination.ts';
import { noQuery, onDelete, onGet, onPost } from '../http/router.ts';
import { listQuery } from '../http/schemas.ts';
import { createAssistant, modifyAssistant } from './schemas.ts';
import { newId } from '../ids.ts';
import type { Parts } from '../parts.ts';
import type { Assistant } from './wire.ts';
import { ASSISTANTS } from './tables.ts';

export function addAssistantRoutes(parts: Parts): void {
  const { api, store, clock, rules } = parts;
  const find = (id: string): Assistant => {
    const assistant = store.get(ASSISTANTS, id);
    if (assistant === undefined) throw rules.refusals.notFound('assistant', id);
    return assistant;
  };

  onPost(api, 'assistants.create', createAssistant, ({ body }) => {
    const tools = toTools(body.tools);
    const { resources, changes } = resolveResources(parts, body.tool_resources);
    const assistant: Assistant = {
      id: newId('asst', rules.ids),
      object: 'assistant',
      created_at: toSeconds(clock.nowMs()),
      name: body.name ?? null,
      description: body.description ?? null,
      model: body.model,
      instructions: body.instructions ?? null,
      tools,
      top_p: body.top_p ?? 1,
      temperature: body.temperature ?? 1,
      reasoning_effort: body.reasoning_effort ?? null,
      tool_resources: toToolResources(resources, tools),
      metadata: body.metadata ?? {},
      response_format: body.response_format ?? 'auto',
    };
    store.write([...changes, ASSISTANTS.put(assistant)]);
    return assistant;
  });

  onGet(api, 'assistants.list', listQuery, ({ query }) => paginate(store.all(ASSISTANTS), query, rules));

  onGet(api, 'assistants.retrieve', noQuery, ({ ids }) => find(ids.assistantId));

  onPost(api, 'assistants.modify', modifyAssistant, ({ ids, body }) => {
    const old = find(ids.assistantId);
    const tools = body.tools === undefined ? old.tools : toTools(body.tools);
    const { resources, changes } = resolveResources(parts, body.tool_resources, old.tool_resources);
    const assistant: Assistant = {
      ...old,
      name: body.name === undefined ? old.name : body.name,
      description: body.description === undefined ? old.description : body.description,
      model: body.model ?? old.model,
      instructions: body.instructions === undefined ? old.instructions : body.instructions,
      tools,
      top_p: body.top_p ?? old.top_p,
      temperature: body.temperature ?? old.temperature,
      reasoning_effort: body.reasoning_effort === undefined ? old.reasoning_effort : body.reasoning_effort,
      tool_resources: toToolResources(resources, tools),
      metadata: newMetadata(body.metadata, old.metadata),
      response_format: body.response_format ?? old.response_format,
    };
    store.write([...changes, ASSISTANTS.put(assistant)]);
    return assistant;
  });

  onDelete(api, 'assistants.delete', ({ assistantId }) => {
    find(assistantId);
    store.write([ASSISTANTS.remove(assistantId)]);
    return { id: assistantId, object: 'assistant.deleted', deleted: true };
  });
}
