import { defineApp, defineAssistant, type App, type Tool } from '../../src/index.ts';

/** An application of one assistant with these tools. */
export function appWith(tools: Tool[], more: Partial<Parameters<typeof defineAssistant>[0]> = {}): App {
  const assistant = { name: 'desk', model: 'gpt-test', instructions: 'Help.', tools, ...more };
  return defineApp({ assistants: [defineAssistant(assistant)] });
}
