import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { modelConfig } from '../../src/config.ts';
import { pages, readText, root } from './markdown.ts';

/** OpenAI shuts these families down by the end of 2026 (its deprecations page, 2026-11). */
const ENDING = /^(?:gpt-3|gpt-4|gpt-5(?:-|$)|o1|o3|o4)/;

const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
  .map((file) => `examples/${file}`);

test('the default model outlives 2026, and the variable names another one', () => {
  expect(modelConfig({})).not.toMatch(ENDING);
  expect(modelConfig({ COUNTERSIGN_MODEL: '' })).toBe(modelConfig({}));
  expect(modelConfig({ COUNTERSIGN_MODEL: 'llama-4' })).toBe('llama-4');
});

test('pages and examples take their model from the one constant', () => {
  const places = [...pages(), ...examples].filter((page) => !page.startsWith('test/'));
  expect(places.length).toBeGreaterThan(10);
  const named = places.flatMap((page) =>
    [...readText(page).matchAll(/\bmodel: *['"]([^'"]+)['"]/g)].map(([, name]) => `${page}: ${name}`),
  );
  expect(named).toEqual([]);
});

test('the plain programs, which do not import the package, have the same default', () => {
  expect(readText('examples/chat-pattern/model.ts')).toContain(`COUNTERSIGN_MODEL ?? '${modelConfig({})}'`);
});
