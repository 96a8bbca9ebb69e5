/** The public API of Countersign: what an application declares, and the client a service starts turns with. */
export { defineApp } from './define/app.ts';
export { defineAssistant } from './define/assistant.ts';
export { DefinitionError } from './contracts/definition-error.ts';
export { allow, forbid, requireApproval } from './define/policy.ts';
export { defineTool, TerminalError } from './define/tool.ts';
export { MODEL } from './config/model.ts';
export type { App } from './define/app.ts';
export type { Assistant } from './define/assistant.ts';
export type { Duration } from './define/duration.ts';
export type { McpCall, McpOptions } from './define/mcp.ts';
export type { Policy } from './define/policy.ts';
export type { Tool, ToolContext, ToolOptions } from './define/tool.ts';
export type { Presentation, PresentationField } from './define/present.ts';
export type { Precondition } from './define/precondition.ts';
export type { ApprovalRule } from './define/policy.ts';
export type { ChatOptions } from './define/chat-options.ts';
export type { ResponsesOptions } from './contracts/assistant.ts';
export type { BuiltInToolOptions, BuiltInTools } from './define/built-in-tools.ts';
export { requestHumanApproval } from './define/human-approval.ts';
export type { HumanApprovalOptions, Urgency } from './define/human-approval.ts';
export { humanApprovalInstructions } from './define/human-approval-instructions.ts';
export type { HumanApprovalInstructionsOptions, MustAsk } from './define/human-approval-instructions.ts';
export {
  createClient,
  IdempotencyKeyReusedError,
  InputError,
  PendingApprovalsError,
  QueueFullError,
  TemporalUnavailableError,
  TooLargeError,
} from './client.ts';
export type { ApprovalPage, ClientOptions, CountersignClient, StartTurn } from './client.ts';
export type { Approval } from './contracts/approval/approval.ts';
export type { ApprovalStatus } from './contracts/approval/status.ts';
export type { Accepted, Approver, Decision, DecisionKind, Receipt } from './contracts/approval/decision.ts';
export type { Verdict } from './contracts/approval/review.ts';
export type { ConversationView, MessageView, WhilePending } from './contracts/conversation.ts';
export type { Attachment, BuiltInTool, Citation } from './contracts/files.ts';
export type { FailureType, FailureView } from './contracts/failures/failures.ts';
export type { TurnContext, TurnStatus, TurnView } from './contracts/turn.ts';
export { openTelemetrySink } from './interaction-log/open-telemetry.ts';
export { reconifySink } from './interaction-log/reconify.ts';
export type { ReconifyOptions } from './interaction-log/reconify.ts';
export type {
  Interaction,
  InteractionLogOptions,
  InteractionSink,
  ModelInteraction,
  ToolInteraction,
} from './contracts/interaction-log/interaction.ts';
