/**
 * Ids, and how they lead from one to the other without a look-up table:
 *
 *   tenant           acme
 *   conversation id  order-4711                        chosen by the service
 *   turn id          order-4711.k3f9w2m7c5q8           conversation id, dot, 12 to 32 letters and digits
 *   approval id      order-4711.k3f9w2m7c5q8.p4x7r2d1  turn id, dot, 8 to 16 letters and digits
 *   request id       req_4f1c09d2a7b86e3355c0a1de      "req_" and 20 to 32 letters and digits; its approval has the same id
 *   workflow ids     conversation.acme.order-4711 · turn.acme.order-4711.k3f9w2m7c5q8 · request.acme.req_4f1c…
 *                    handover.acme.order-4711.k3f9w2m7c5q8.p4x7r2d1 · notice.acme.order-4711.k3f9w2m7c5q8.p4x7r2d1
 *                    event.crm.evt_3f9c…                endpoint, and a hash of tenant and entry
 *
 * A tenant holds no dot and the last parts hold none, so every id splits in one way only although a conversation id may hold
 * dots. Ids of turns and of their approvals hold dots and a request's holds none, so neither can be taken for the other.
 * The tenant stands in the workflow id and comes from the credential: another tenant's id names a workflow that does
 * not exist.
 */

const TENANT = /^[a-z0-9][a-z0-9-]{0,62}$/;
const CONVERSATION_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const TURN_ID = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,127})\.[a-z0-9]{12,32}$/;
const APPROVAL_ID = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,127}\.[a-z0-9]{12,32})\.[a-z0-9]{8,16}$/;
const REQUEST_ID = /^req_[a-z0-9]{20,32}$/;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** What each kind of id may look like, as a sentence for an error message. */
export const ID_RULES = {
  tenant: '1 to 63 lower-case letters, digits or hyphens, beginning with a letter or digit',
  conversationId: '1 to 128 letters, digits, "_", "." or "-", beginning with a letter or digit',
  turnId: 'a conversation id, a dot, and 12 to 32 lower-case letters or digits',
  approvalId: 'a turn id, a dot, and 8 to 16 lower-case letters or digits; or a request id',
  requestId: '"req_" and 20 to 32 lower-case letters or digits',
  name: '1 to 64 letters, digits, "_" or "-"',
} as const;

export function isTenant(text: string): boolean {
  return TENANT.test(text);
}

export function isConversationId(text: string): boolean {
  return CONVERSATION_ID.test(text);
}

/** Whether a tool or an assistant may be called so. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** The conversation a turn id names, or `null` when the text is not a turn id. */
export function conversationOfTurn(turnId: string): string | null {
  return TURN_ID.exec(turnId)?.[1] ?? null;
}

/** The turn an approval id names, or `null` when the text is not the id of a turn's approval. */
export function turnOfApproval(approvalId: string): string | null {
  return APPROVAL_ID.exec(approvalId)?.[1] ?? null;
}

export function isRequestId(text: string): boolean {
  return REQUEST_ID.test(text);
}

/** Whether the text is the id of an approval, a turn's or a request's. */
export function isApprovalId(text: string): boolean {
  return turnOfApproval(text) !== null || isRequestId(text);
}

/** The workflow that asks about an approval at the Handover, too. */
export function handoverWorkflowId(tenant: string, approvalId: string): string {
  return `handover.${tenant}.${approvalId}`;
}

/** The workflow that tells people of an approval. */
export function noticeWorkflowId(tenant: string, approvalId: string): string {
  return `notice.${tenant}.${approvalId}`;
}

/** The workflow that delivers an event to an endpoint. */
export function eventWorkflowId(endpoint: string, eventId: string): string {
  return `event.${endpoint}.${eventId}`;
}

/** The workflow that holds an approval, or `null` when the text is not an approval id. */
export function workflowOfApproval(tenant: string, approvalId: string): string | null {
  if (isRequestId(approvalId)) return requestWorkflowId(tenant, approvalId);
  const turnId = turnOfApproval(approvalId);
  return turnId === null ? null : turnWorkflowId(tenant, turnId);
}

export function conversationWorkflowId(tenant: string, conversationId: string): string {
  return `conversation.${tenant}.${conversationId}`;
}

export function turnWorkflowId(tenant: string, turnId: string): string {
  return `turn.${tenant}.${turnId}`;
}

export function requestWorkflowId(tenant: string, requestId: string): string {
  return `request.${tenant}.${requestId}`;
}
