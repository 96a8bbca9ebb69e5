import type { ToolCall } from '../contracts/tool-call.ts';

/**
 * The calls of one round, one for each id: what answers a call names its id and nothing else. The same call twice is one call. Different
 * calls of one id cannot be answered apart, so none of them is carried out, and the answer to the id says why.
 */
export function distinctCalls(calls: readonly ToolCall[]): ToolCall[] {
  return [...Map.groupBy(calls, ({ toolCallId }) => toolCallId).values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const isOne = others.every((call) => call.tool === first.tool && call.arguments === first.arguments);
    if (isOne) return [first];
    const count = others.length + 1;
    const problem = `${count} different calls bear the same id, so their outputs could not be told apart. Call them again one by one.`;
    return [{ ...first, problem }];
  });
}
