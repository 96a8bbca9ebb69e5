import { ApiError } from './http/errors.ts';
import { noQuery, onGet } from './http/router.ts';
import type { Parts } from './parts.ts';

/** Some of OpenAI's models, with the day each came. A request may name any other: what plays it is the scenario. */
const MODELS: Record<string, string> = {
  'gpt-4o': '2024-05-10',
  'gpt-4o-mini': '2024-07-16',
  'gpt-4.1': '2025-04-10',
  'gpt-4.1-mini': '2025-04-10',
  'gpt-5': '2025-08-05',
  'gpt-5-mini': '2025-08-05',
  'gpt-5-nano': '2025-08-05',
  'gpt-5.1': '2025-11-10',
};

export function addModelRoutes({ api }: Parts): void {
  const models = Object.entries(MODELS).map(([id, day]) => ({
    ...{ id, object: 'model', created: Date.parse(day) / 1_000, owned_by: 'system' },
  }));

  onGet(api, 'models.list', noQuery, () => ({ object: 'list', data: models }));

  onGet(api, 'models.retrieve', noQuery, ({ ids: { modelId } }) => {
    const model = models.find(({ id }) => id === modelId);
    if (model === undefined) throw noModel(modelId);
    return model;
  });
}

/** Reported. */
const noModel = (id: string) =>
  new ApiError(404, `The model '${id}' does not exist`, { param: 'model', code: 'model_not_found' });
