import { z } from 'zod';

import { defaultProtocol, PROTOCOLS } from '../contracts/run.ts';
import { createReader, environment, nonEmpty, type Environment } from './variables.ts';

const read = createReader({
  OPENAI_API_KEY: [
    nonEmpty.optional(),
    'the key of the provider',
    {
      by: ['worker', 'gateway', 'dev'],
      does: "the provider's key; without it `dev` uses the simulator, and a gateway handles no files",
    },
  ],
  OPENAI_BASE_URL: [
    z.url({ protocol: /^https?$/ }).optional(),
    'the base URL of the provider, such as http://127.0.0.1:8090/v1',
    { by: ['worker', 'gateway'], does: "the provider's address", unset: "OpenAI's own" },
  ],
  COUNTERSIGN_PROVIDER: [
    z.enum(PROTOCOLS).optional(),
    `the protocol the provider speaks: ${PROTOCOLS.join(', ')}`,
    {
      by: ['worker', 'dev', 'demo'],
      does: 'the protocol the worker speaks',
      unset: '`responses` when only `OPENAI_API_KEY` is set, else `assistants`',
    },
  ],
});

/** How to reach the provider: for workers, and for the gateway's files. */
export function providerConfig(from: Environment = environment) {
  const apiKey = read(from, 'OPENAI_API_KEY');
  const baseURL = read(from, 'OPENAI_BASE_URL');
  return {
    apiKey,
    baseURL,
    protocol: read(from, 'COUNTERSIGN_PROVIDER') ?? defaultProtocol({ apiKey, baseURL }),
  };
}
