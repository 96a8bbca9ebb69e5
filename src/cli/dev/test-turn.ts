import { randomBytes } from 'node:crypto';

import { DEFAULT_SCENARIO, loadScenario } from '@countersign/openai-simulator';

import type { DevFile } from '../files/dev-file.ts';
import { createDemoApi } from '../demo/api.ts';
import { dim, say } from '../output.ts';
import { showTurn } from '../turn/render.ts';

/** What the default scenario answers with a question. */
const REFUND = 'Please refund order A-1042, it arrived broken';

/** A message to which the scenario calls a tool: the words its first rule with calls looks for. */
export async function testMessage(scenarioFile: string | undefined): Promise<string> {
  if (scenarioFile === undefined) return REFUND;
  const { rules } = await loadScenario(scenarioFile).catch(() => DEFAULT_SCENARIO);
  return (rules.find(({ rounds }) => rounds !== undefined) ?? rules[0])?.when.join(' ') ?? 'Hello';
}

/** Says something to the application, and shows what comes of it until a person is needed. */
export async function sendTestTurn(at: DevFile, message: string, signal: AbortSignal): Promise<void> {
  const api = createDemoApi({ gateway: at.gateway, apiKey: at.apiKey, signal });
  say(dim(`Says "${message}"`));
  const conversationId = `dev-${randomBytes(4).toString('hex')}`;
  const { turnId } = await api.startTurn({ conversationId, message });
  const turn = await api.waitForTurn(turnId);
  say();
  showTurn(turn);
  say();
}
