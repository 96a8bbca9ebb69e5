/**
 * The search attributes a namespace must have before a worker may start: they fill the inbox with one list call and let an
 * operator filter turns in the Temporal UI. Values are Temporal's own names of the indexed value types.
 */
export const SEARCH_ATTRIBUTES = {
  CountersignTenant: 'KEYWORD',
  ApprovalStatus: 'KEYWORD',
  ApprovalDeadline: 'DATETIME',
  ApprovalTools: 'KEYWORD_LIST',
  ConversationId: 'KEYWORD',
  /** Of conversations: the keys of those who have spoken there (search-key.ts). */
  CountersignUsers: 'KEYWORD_LIST',
} as const;
