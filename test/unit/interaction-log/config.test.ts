import { expect, test } from 'vitest';

import { workerConfig } from '../../../src/config.ts';
import { defineApp, defineAssistant, type InteractionLogOptions } from '../../../src/index.ts';
import { fromConfig } from '../../../src/interaction-log/from-config.ts';

const reconify = {
  COUNTERSIGN_INTERACTION_LOG: 'reconify',
  COUNTERSIGN_RECONIFY_URL: 'https://reconify.example.com/track',
  COUNTERSIGN_RECONIFY_APP_KEY: 'app-key',
  COUNTERSIGN_RECONIFY_API_KEY: 'api-key',
};

test('nothing is logged unless the environment says so, and then no words', () => {
  expect(workerConfig({}).interactionLog).toBeUndefined();
  expect(workerConfig({ COUNTERSIGN_INTERACTION_LOG: 'otel' }).interactionLog).toEqual({
    sink: 'otel',
    content: 'none',
  });
  const { interactionLog } = workerConfig({ ...reconify, COUNTERSIGN_INTERACTION_CONTENT: 'full' });
  expect(fromConfig(interactionLog!)).toMatchObject({ sink: { name: 'reconify' }, content: 'full' });
});

test.each([
  [
    { COUNTERSIGN_INTERACTION_LOG: 'syslog' },
    'COUNTERSIGN_INTERACTION_LOG is "syslog"',
    '"otel" or "reconify"',
  ],
  [{ COUNTERSIGN_INTERACTION_CONTENT: 'all' }, 'COUNTERSIGN_INTERACTION_CONTENT is "all"', '"none"'],
  [
    { ...reconify, COUNTERSIGN_RECONIFY_URL: 'http://reconify.example.com' },
    'COUNTERSIGN_RECONIFY_URL is "http://reconify.example.com"',
    'https',
  ],
  [{ ...reconify, COUNTERSIGN_RECONIFY_API_KEY: '' }, 'COUNTERSIGN_RECONIFY_API_KEY is not set', 'API_KEY'],
])('a setting that cannot be is named, with what is allowed: %j', (from, named, allowed) => {
  const read = () => workerConfig(from);
  expect(read).toThrow(named);
  expect(read).toThrow(allowed);
});

const sink = { name: 'mine', write: (): void => undefined };

test.each([
  [{ sink: {} }, 'interactionLog.sink must have a name and a function "write"'],
  [{ sink, content: 'all' }, 'interactionLog.content is "all": use "none"'],
  [{ sink, patterns: ['x'] }, 'interactionLog.patterns must be a list of'],
  [{ sink, redact: 'x' }, 'interactionLog.redact must be a function'],
])(
  'an application that declares a log which cannot work is told what is wrong: %j',
  (interactionLog, message) => {
    const assistants = [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.' })];
    const define = () => defineApp({ assistants, interactionLog: interactionLog as InteractionLogOptions });
    expect(define).toThrow(message);
  },
);
