import { newMetadata } from '../metadata.ts';
import { paginate } from '../http/pagination.ts';
import { noQuery, onDelete, onGet, onPost } from '../http/router.ts';
import { modifyMetadata } from '../http/schemas.ts';
import type { Parts } from '../parts.ts';
import { noCompletion } from './errors.ts';
import { listCompletionsQuery, pageQuery, type ChatMessage } from './schemas.ts';
import { COMPLETIONS, type StoredCompletion } from './tables.ts';
import { textOf } from './transcript.ts';

/** Completions that were made with `store: true`; nobody finds others. Lists are oldest first, unlike elsewhere [spec]. */
export function addStoredCompletionRoutes({ api, store }: Parts): void {
  const listFilters = true;

  function find(id: string): StoredCompletion {
    const stored = store.get(COMPLETIONS, id);
    if (stored === undefined) throw noCompletion(id);
    return stored;
  }

  onGet(api, 'chat.list', listCompletionsQuery, ({ query: { model, metadata, ...page } }) => {
    const asked = store
      .all(COMPLETIONS)
      .map(({ completion }) => completion)
      .filter((completion) => model === undefined || completion.model === model)
      .filter((completion) =>
        Object.entries(metadata ?? {}).every(([key, value]) => completion.metadata?.[key] === value),
      );
    return paginate(asked, page, { listFilters });
  });

  onGet(api, 'chat.retrieve', noQuery, ({ ids }) => find(ids.completionId).completion);

  onPost(api, 'chat.update', modifyMetadata, ({ ids, body }) => {
    const before = find(ids.completionId);
    const metadata = newMetadata(body.metadata, before.completion.metadata ?? {});
    const completion = { ...before.completion, metadata };
    store.write([COMPLETIONS.put({ ...before, completion })]);
    return completion;
  });

  onDelete(api, 'chat.delete', ({ completionId }) => {
    store.write([COMPLETIONS.remove(find(completionId).id)]);
    return { object: 'chat.completion.deleted', id: completionId, deleted: true };
  });

  onGet(api, 'chat.messages', pageQuery, ({ ids, query }) => {
    const { id, messages } = find(ids.completionId);
    const shown = messages.map((message, index) => toStored(message, `${id}-${index}`));
    return paginate(shown, query, { listFilters });
  });
}

/** A message as it was sent; parts stand beside the text they hold. */
function toStored(message: ChatMessage, id: string): object & { id: string } {
  const { content } = message;
  const parts = Array.isArray(content) ? content : null;
  const shown = { ...message, content: parts === null ? content : textOf(content), content_parts: parts };
  return Object.assign(shown, { id });
}
