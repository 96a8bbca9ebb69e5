import type { App } from '../define/app.ts';
import type { Tool } from '../define/tool.ts';

export function findTool(app: App, name: string): Tool | undefined {
  return app.assistants.flatMap(({ tools }) => tools).find((tool) => tool.name === name);
}

/** For messages. */
export function toolNames(app: App): string {
  const names = new Set(app.assistants.flatMap(({ tools }) => tools.map(({ name }) => name)));
  return [...names].sort().join(', ') || 'none';
}
