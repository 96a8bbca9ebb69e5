import { createSimulator, loadScenario } from '@countersign/openai-simulator';

import type { App } from '../../define/app.ts';
import type { SampleCall } from '../hooks.ts';

const MOST_ROUNDS = 5;

/**
 * The calls that the simulated model makes by a scenario: each rule is told its own words, and each of its rounds is answered "Done.".
 *
 * @throws SimulatorError naming what in the scenario does not fit.
 */
export async function callsOfScenario(file: string, app: App): Promise<SampleCall[]> {
  const scenario = await loadScenario(file);
  const simulator = createSimulator({ scenario, latency: { startMs: 0, thinkMs: 0, listMs: 0 } });
  const names = new Set(app.assistants.flatMap(({ tools }) => tools.map(({ name }) => name)));
  const tools = [...names].map((name) => ({ type: 'function', function: { name } }));
  const calls: SampleCall[] = [];
  for (const { when } of scenario.rules) {
    const messages: unknown[] = [{ role: 'user', content: when.join(' ') }];
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const response = await simulator.request('/v1/chat/completions', {
        method: 'POST',
        headers: { authorization: 'Bearer verify', 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-verify', messages, tools }),
      });
      if (!response.ok) break; // a rule whose run fails
      const { choices } = (await response.json()) as Completion;
      const message = choices[0]?.message;
      if (!message?.tool_calls?.length) break;
      messages.push(message);
      for (const { id, function: called } of message.tool_calls) {
        messages.push({ role: 'tool', tool_call_id: id, content: 'Done.' });
        const args = parse(called.arguments);
        if (args !== null && names.has(called.name)) calls.push({ tool: called.name, arguments: args });
      }
    }
  }
  return calls;
}

interface Completion {
  choices: {
    message: { tool_calls?: { id: string; function: { name: string; arguments: string } }[] };
  }[];
}

/** Null for what is no object: models do that, and scenarios play it. */
function parse(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
