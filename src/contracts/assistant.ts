/** An MCP server, as the provider that calls it has to know it. */
export interface McpServer {
  /** 1 to 64 letters, digits, `_` or `-`; its tools are called `<serverLabel>.<tool>` on cards and in receipts. */
  readonly serverLabel: string;
  readonly serverUrl: string;
  readonly serverDescription?: string;
  /** Names of its tools the model may call. @default all of them */
  readonly allowedTools?: readonly string[];
  /** Sent by the provider to the server, such as an authorization. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What only the Responses protocol has. */
export interface ResponsesOptions {
  /**
   * Who keeps what was said: a `conversation` object, in which a lost request is found again, or the chain of responses
   * (`previous_response`), in which it cannot be found and is sent again.
   *
   * @default 'conversation'
   */
  readonly state?: 'conversation' | 'previous_response';
}
