import { cutToJsonBytes, jsonBytes } from '../size.ts';
import type { ToolArguments } from '../tool-call.ts';
import type { AnyApproval, AnyShownApproval, Vote } from './approval.ts';
import type { DecisionKind } from './decision.ts';
import { beginningOfPresented, type Presented, type PresentedByTool } from './presented.ts';

/** Lists show the beginning of the arguments: two hundred approvals may have sixty megabytes of them. */
const PREVIEW_BYTES = 1_000;
const BEGINNING = { fields: 3, characters: 48 } as const;

/** An approval as a list shows it; read it by its id before deciding about it. */
export type ListedApproval = Omit<
  AnyShownApproval,
  'arguments' | 'proposals' | 'decision' | 'votes' | 'presented' | 'outcome'
> & {
  /** The arguments as JSON, from their beginning; all of them if `argumentsBytes` says no more. */
  argumentsPreview: string;
  argumentsBytes: number;
  /** Who has voted for what stands in the arguments, in their order; absent while nobody has. */
  voted?: Voted[];
};

/** A vote in short. */
export interface Voted {
  by: string;
  decision: DecisionKind;
  /** ISO 8601: when it was counted. */
  at: string;
}

/** The same with what a page shows of the arguments. The store's index keeps it. */
export type ApprovalCard = ListedApproval & {
  beginning: ArgumentsBeginning;
  /** Absent where the tool presents nothing, and after an edit that the index was told of. */
  shown?: PresentedByTool | undefined;
};

/** The first few arguments; `left` counts what is not shown. */
export interface ArgumentsBeginning {
  fields: { name: string; value: ValueBeginning }[];
  left: number;
}

/** `literal`: a number, a yes or no, or nothing, as JSON writes it. */
export type ValueBeginning =
  | { is: 'text' | 'literal'; characters: string; left: number }
  | { is: 'list'; length: number }
  | { is: 'object' };

export function toCard(approval: AnyApproval | AnyShownApproval): ApprovalCard {
  const {
    arguments: args,
    votes,
    presented,
    outcome: _outcome,
    decision,
    ...told
  } = approval as AnyApproval & Partial<Pick<AnyShownApproval, 'proposals'>>;
  const { replaced: _replaced, proposed: _proposed, proposals: _proposals, ...card } = told;
  const { resolvedAt = '' } = card;
  const voted = (votes ?? (decision === undefined ? [] : [{ ...decision, at: resolvedAt }])).map(toVoted);
  return { ...card, ...(voted.length > 0 && { voted }), ...shownArguments(args, presented) };
}

export function toVoted({ approver, decision, at }: Pick<Vote, 'approver' | 'decision' | 'at'>): Voted {
  return { by: approver.id, decision, at };
}

export function toListed({ beginning: _beginning, shown: _shown, ...listed }: ApprovalCard): ListedApproval {
  return listed;
}

/** What a card shows of its arguments. */
export function shownArguments(
  args: ToolArguments,
  presented?: Presented,
): Pick<ApprovalCard, 'argumentsPreview' | 'argumentsBytes' | 'beginning' | 'shown'> {
  const entries = Object.entries(args);
  const fields = entries
    .slice(0, BEGINNING.fields)
    .map(([name, value]) => ({ name: beginningOf(name).characters, value: valueOf(value) }));
  return {
    argumentsPreview: cutToJsonBytes(JSON.stringify(args), PREVIEW_BYTES),
    argumentsBytes: jsonBytes(args),
    beginning: { fields, left: entries.length - fields.length },
    shown: presented?.by === 'tool' ? beginningOfPresented(presented) : undefined,
  };
}

function valueOf(value: unknown): ValueBeginning {
  if (Array.isArray(value)) return { is: 'list', length: value.length };
  if (typeof value === 'object' && value !== null) return { is: 'object' };
  if (typeof value === 'string') return { is: 'text', ...beginningOf(value) };
  return { is: 'literal', ...beginningOf(JSON.stringify(value)) };
}

function beginningOf(text: string): { characters: string; left: number } {
  const characters = Array.from(text);
  return {
    characters: characters.slice(0, BEGINNING.characters).join(''),
    left: Math.max(0, characters.length - BEGINNING.characters),
  };
}
