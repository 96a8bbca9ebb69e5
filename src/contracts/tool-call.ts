/** A tool call as the provider gave it. `arguments` is the model's text: it may not even be JSON. */
export interface ToolCall {
  toolCallId: string;
  tool: string;
  arguments: string;
  /** The provider runs it by itself once it is approved, as with tools of an MCP server; elsewhere we run it. */
  runsAt?: 'provider';
}
