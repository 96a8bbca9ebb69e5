import type { Protocol } from '../contracts/run.ts';

export interface ProviderOptions {
  /** @default `responses` at OpenAI itself, which has no Assistants any more; `assistants` at any other base URL */
  protocol?: Protocol | undefined;
  apiKey: string;
  /** @default OpenAI's own */
  baseURL?: string | undefined;
  /** How long one request may take. @default 20000; of `chat`, whose requests wait for the model, 150000 */
  requestLimitMs?: number;
}
