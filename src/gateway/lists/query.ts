import { z } from '@hono/zod-openapi';

import { RISKS, type Risk } from '../../contracts/approval/presented.ts';
import { APPROVAL_STATUSES, type ApprovalStatus } from '../../contracts/approval/status.ts';
import { ID_RULES, isConversationId, isName } from '../../contracts/ids.ts';
import type { ApprovalSort } from '../../store/approvals/approval-index.ts';

/** Which approvals a list has; all that are pending if it says nothing. */
export interface ListFilter {
  status: readonly ApprovalStatus[];
  tool?: string | undefined;
  q?: string | undefined;
  requester?: string | undefined;
  conversation?: string | undefined;
  risk?: Risk | undefined;
  /** What the reader may decide, and has not voted for. */
  isMine: boolean;
  sort: ApprovalSort;
  /** `next` of the page before. */
  cursor?: string | undefined;
}

/** Everything that is no longer pending. */
export const DECIDED: readonly ApprovalStatus[] = APPROVAL_STATUSES.filter((status) => status !== 'pending');

const STATUS_RULE = `must be "decided", "all", or some of ${APPROVAL_STATUSES.join(', ')}, separated by commas`;
const TEXT_CHARACTERS = 200;

/** A list is asked for in the same words by services and by the inbox. */
export const LIST_QUERY = {
  status: z
    .string()
    .transform((text) => text.split(',').flatMap(statusesOf))
    .refine((found): found is ApprovalStatus[] => found.every((status) => status !== null), STATUS_RULE)
    .optional()
    .openapi({
      type: 'string',
      description: `\`pending\`, which is the default, \`decided\`, \`all\`, or some of ${APPROVAL_STATUSES.join(', ')}, separated by commas. All but \`pending\` needs a store.`,
      example: 'approved,denied',
    }),
  tool: z
    .string()
    .refine(isName, `must be ${ID_RULES.name}`)
    .optional()
    .openapi({ description: 'Only approvals of this tool.', example: 'refund_order' }),
  q: text().openapi({
    description: 'Beginnings of words, all of which must be there: in tool, reason or arguments.',
    example: 'order 4711',
  }),
  requester: text().openapi({ description: 'The user who asked, or the key that began the turn.' }),
  conversation: z
    .string()
    .refine(isConversationId, `must be ${ID_RULES.conversationId}`)
    .optional()
    .openapi({ description: 'Only approvals of this conversation.' }),
  risk: z
    .enum(RISKS, { error: `must be one of ${RISKS.join(', ')}` })
    .optional()
    .openapi({ description: 'As the tool states it.' }),
  mine: z
    .enum(['true', 'false'], { error: 'must be "true" or "false"' })
    .optional()
    .openapi({ description: 'Only what the caller may decide now, and has not voted for.' }),
  sort: z.enum(['deadline', 'newest'], { error: 'must be "deadline" or "newest"' }).optional().openapi({
    description:
      'The nearest deadline first, or what was asked last. By default what is pending has the nearest deadline first.',
  }),
  cursor: z.string().max(512, 'must be `next` of the page before').optional().openapi({
    description: '`next` of the page before.',
  }),
};

type ListQuery = z.output<z.ZodObject<typeof LIST_QUERY>>;

export function toFilter({ status = ['pending'], mine, sort, q, ...rest }: ListQuery): ListFilter {
  const isOpen = status.every((one) => one === 'pending');
  return {
    ...rest,
    ...(q !== undefined && q !== '' && { q }),
    ...{ status, isMine: mine === 'true', sort: sort ?? (isOpen ? 'deadline' : 'newest') },
  };
}

/** What of a query only a store can answer, by its field. */
export function needsStore({
  status,
  mine,
  sort,
  q,
  requester,
  conversation,
  risk,
  cursor,
}: ListQuery): string[] {
  const asked = { q, requester, conversation, risk, sort, cursor };
  return [
    ...(status?.some((one) => one !== 'pending') === true ? ['status'] : []),
    ...(mine === 'true' ? ['mine'] : []),
    ...Object.entries(asked).flatMap(([field, value]) => (value === undefined ? [] : [field])),
  ];
}

function text() {
  return z.string().max(TEXT_CHARACTERS, `must have at most ${TEXT_CHARACTERS} characters`).optional();
}

function statusesOf(word: string): readonly (ApprovalStatus | null)[] {
  if (word === 'all') return APPROVAL_STATUSES;
  if (word === 'decided') return DECIDED;
  return [APPROVAL_STATUSES.find((status) => status === word) ?? null];
}
