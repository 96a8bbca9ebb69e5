/** Arguments of a tool call after parsing: a JSON object. */
export type ToolArguments = Record<string, unknown>;

/** A tool call as the provider gave it. `arguments` is the model's text: it may not even be JSON. */
export interface ToolCall {
  /** Of its own within a round (providers/distinct-calls.ts). */
  toolCallId: string;
  tool: string;
  arguments: string;
  /** The provider runs it by itself once it is approved, as with tools of an MCP server; elsewhere we run it. */
  runsAt?: 'provider';
  /** Why it cannot be carried out whatever it asks for, in words for the model. */
  problem?: string;
}
