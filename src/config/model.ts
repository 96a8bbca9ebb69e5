import { createReader, environment, nonEmpty, type Environment } from './variables.ts';

/**
 * What OpenAI recommends in place of GPT-5, which it shuts down on 2026-12-11; no end of it is announced. Which models end when:
 * https://developers.openai.com/api/docs/deprecations
 */
const DEFAULT_MODEL = 'gpt-6.1-sol';

const read = createReader({
  COUNTERSIGN_MODEL: [
    nonEmpty.default(DEFAULT_MODEL),
    'the name of a model that the provider has',
    { by: ['the application'], does: 'what `MODEL` of the package is' },
  ],
});

export function modelConfig(from: Environment = environment): string {
  return read(from, 'COUNTERSIGN_MODEL');
}

/** The model that `COUNTERSIGN_MODEL` names, for assistants that are to change it in one place. */
export const MODEL = modelConfig();
