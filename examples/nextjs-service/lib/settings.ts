import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How this service reaches Countersign. Key and secret are the service's own: no browser ever sees them. */
export interface Settings {
  gateway: string;
  /** May start and read turns and read approvals. It need not be able to decide: a decision is a signed webhook. */
  apiKey: string;
  webhookSource: string;
  webhookSecret: string;
}

/**
 * From the environment; without it from what `countersign dev` has written, in this folder or one above it.
 *
 * @throws Error that says what is missing
 */
export function readSettings(): Settings {
  const { GATEWAY_URL, GATEWAY_API_KEY, WEBHOOK_SOURCE, WEBHOOK_SECRET } = process.env;
  if (GATEWAY_URL && GATEWAY_API_KEY && WEBHOOK_SOURCE && WEBHOOK_SECRET) {
    return {
      gateway: GATEWAY_URL,
      apiKey: GATEWAY_API_KEY,
      webhookSource: WEBHOOK_SOURCE,
      webhookSecret: WEBHOOK_SECRET,
    };
  }
  const file = devFile(process.cwd());
  if (file === null) {
    throw new Error(
      'Start "countersign dev" here or in a folder above, or set GATEWAY_URL, GATEWAY_API_KEY, WEBHOOK_SOURCE and WEBHOOK_SECRET.',
    );
  }
  const { gateway, apiKey, webhookSecret } = JSON.parse(
    readFileSync(/* turbopackIgnore: true */ file, 'utf8'),
  ) as Settings;
  return { gateway, apiKey, webhookSource: 'dev', webhookSecret };
}

function devFile(folder: string): string | null {
  const file = join(/* turbopackIgnore: true */ folder, '.countersign', 'dev.json');
  if (existsSync(/* turbopackIgnore: true */ file)) return file;
  return dirname(folder) === folder ? null : devFile(dirname(folder));
}
