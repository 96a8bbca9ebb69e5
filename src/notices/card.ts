import type { AnyApproval } from '../contracts/approval/approval.ts';
import {
  moneyWords,
  titleOf,
  type FieldKind,
  type Labels,
  type PresentedField,
} from '../contracts/approval/presented.ts';
import type { ApprovalStatus } from '../contracts/approval/status.ts';
import { authorOf, missingOf, missingWords, voteCounts } from '../contracts/deciding/standing.ts';
import { visible, visibleLines } from '../contracts/visible/visible.ts';

/** One line of a card. `value` may have line breaks. */
export interface Field {
  label: string;
  value: string;
  kind: FieldKind;
}

/**
 * A question as channels show it, made once for all of them. Its texts are plain: whatever could deceive is marked (contracts/visible), and
 * nothing is markup. A channel escapes what its own form gives a meaning to.
 */
export interface Card {
  tenant: string;
  approvalId: string;
  tool: string;
  /** Of the arguments that it shows. */
  digest: string;
  /** One line. */
  title: string;
  summary?: string;
  fields: Field[];
  /** The policy's reason for asking. */
  reason?: string;
  requestedBy?: string;
  /** ISO 8601; null for none. */
  deadline: string | null;
  /** Where it is shown whole, and decided. */
  url: string;
  state: { status: ApprovalStatus; by?: string; at?: string; note?: string };
  /** Who changed the arguments last; absent while they are the model's or the requester's. */
  changedBy?: string;
  /** Who has voted for what so far, where several must. */
  votes: string[];
  /** The same in words, with how many are needed: `approved by grace, 1 of 2`; absent without a vote. */
  standing?: string;
  /** Whose agreement is missing; absent where one person settles it. */
  missing?: string;
  /** It does not show everything, so it can only be opened. */
  isCut: boolean;
}

const FIELDS = 40;
const FIELD_CHARACTERS = 2_000;
const ALL_CHARACTERS = 12_000;
const LINE_CHARACTERS = 300;
const TEXT_CHARACTERS = 1_000;

/** @param publicUrl - of the gateway. */
export function toCard(approval: AnyApproval, publicUrl: string): Card {
  const { tenant, approvalId, tool, toolDescription, reason, requestedBy, deadline, status } = approval;
  const { decision, resolvedAt, votes = [], presented } = approval;
  const summary = (presented?.by === 'tool' ? presented.summary : undefined) ?? toolDescription;
  const cut = createCut();
  const missing = approval.rule?.quorum === undefined ? null : missingOf(approval);
  const note = decision?.note ?? decision?.response;
  const standing = approval.rule?.quorum === undefined ? '' : standingWords(approval);
  const author = authorOf(approval);
  return {
    ...{ tenant, approvalId, tool: visible(tool), digest: approval.argumentsDigest },
    title: cut(visible(titleOf(approval)), LINE_CHARACTERS),
    ...(summary !== '' && { summary: cut(visibleLines(summary), TEXT_CHARACTERS) }),
    fields: shownFields(approval, cut),
    ...(reason !== undefined && { reason: cut(visibleLines(reason), TEXT_CHARACTERS) }),
    ...(requestedBy !== undefined && { requestedBy: cut(visible(requestedBy), LINE_CHARACTERS) }),
    ...{
      deadline,
      url: `${publicUrl.replace(/\/+$/, '')}/inbox/approvals/${encodeURIComponent(approvalId)}`,
    },
    state: {
      status,
      ...(decision && { by: cut(visible(decision.approver.id), LINE_CHARACTERS) }),
      ...(resolvedAt !== undefined && { at: resolvedAt }),
      ...(note !== undefined && { note: cut(visibleLines(note), TEXT_CHARACTERS) }),
    },
    ...(author !== undefined && { changedBy: cut(visible(author), LINE_CHARACTERS) }),
    ...(standing !== '' && { standing: cut(standing, LINE_CHARACTERS) }),
    votes: votes.map(({ approver, decision: kind }) => `${visible(approver.id)}: ${kind}`),
    ...(missing && { missing: visible(missingWords(missing)) }),
    isCut: cut.isCut(),
  };
}

/** How a question stands, in words. */
export function stateWords({ status, by }: Card['state']): string {
  const who = by === undefined ? '' : ` by ${by}`;
  switch (status) {
    case 'pending':
      return 'waiting for a decision';
    case 'approved':
      return `approved${who}`;
    case 'denied':
      return `denied${who}`;
    case 'answered':
      return `answered${who}`;
    case 'expired':
      return 'expired: nobody decided in time';
    case 'cancelled':
      return 'cancelled: nobody needs to decide any more';
    default:
      return status satisfies never;
  }
}

function standingWords(approval: AnyApproval): string {
  return voteCounts(approval)
    .filter(({ by }) => by.length > 0)
    .map(({ is, by, of }) => `${is} by ${by.map((id) => visible(id)).join(', ')}, ${by.length} of ${of}`)
    .join('; ');
}

type Cut = ReturnType<typeof createCut>;

/** Cuts texts, never between two halves of a character, and remembers that it did. */
function createCut() {
  let isCut = false;
  const cut = (text: string, most: number): string => {
    const characters = Array.from(text);
    if (characters.length <= most) return text;
    isCut = true;
    return `${characters.slice(0, most).join('')}… [cut: ${characters.length - most} characters more]`;
  };
  return Object.assign(cut, {
    isCut: () => isCut,
    mark: () => {
      isCut = true;
    },
  });
}

/** As the tool shows them; all arguments where it does not. */
function shownFields({ arguments: args, presented }: AnyApproval, cut: Cut): Field[] {
  if (presented?.by !== 'tool' || presented.fields.length === 0)
    return fieldsOf(args, cut, presented?.by === 'schema' ? presented.labels : {});
  if (presented.left !== undefined) cut.mark();
  return presented.fields.map(({ label, kind, left, ...field }) => {
    if (left !== undefined) cut.mark();
    const value = cut(visibleLines(valueWords({ kind, ...field })), FIELD_CHARACTERS);
    const more = left === undefined ? '' : `… [cut: ${left} characters more]`;
    return { label: cut(visible(label), LINE_CHARACTERS), value: `${value}${more}`, kind };
  });
}

/** With a plain space: the one that Intl puts in does not break, and would be marked as what cannot be seen. */
function valueWords(field: Omit<PresentedField, 'label'>): string {
  return field.kind === 'money' ? moneyWords(field).replaceAll('\u00a0', ' ') : field.value;
}

/** The arguments, a line for each value, under the titles or else the names that the tool's schema gives them. */
function fieldsOf(args: AnyApproval['arguments'], cut: Cut, labels: Labels): Field[] {
  const all = valuesOf(args, []);
  const fields: Field[] = [];
  let left = ALL_CHARACTERS;
  for (const { path, value, isText } of all) {
    if (fields.length === FIELDS || left <= 0) {
      cut.mark();
      const more = all.length - fields.length;
      return [
        ...fields,
        { label: '…', value: `${more} more ${more === 1 ? 'value' : 'values'}`, kind: 'text' },
      ];
    }
    const shown = cut(value, Math.min(FIELD_CHARACTERS, left));
    left -= shown.length;
    const label = cut(visible(labelOf(path, labels)), LINE_CHARACTERS);
    fields.push({ label, value: shown, kind: isText ? 'text' : 'code' });
  }
  return fields;
}

function labelOf(path: string[], labels: Labels): string {
  const [name = ''] = path;
  const title = path.length === 1 && Object.hasOwn(labels, name) ? labels[name]?.title : undefined;
  return title === undefined ? path.join('.') : `${title} (${name})`;
}

interface Value {
  path: string[];
  value: string;
  isText: boolean;
}

function valuesOf(value: unknown, path: string[]): Value[] {
  if (typeof value === 'string')
    return [{ path, value: value === '' ? '⟦EMPTY TEXT⟧' : visibleLines(value), isText: true }];
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) {
    if (path.length === 0) return [];
    return [{ path, value: JSON.stringify(value), isText: false }];
  }
  return entries.flatMap(([name, inner]) => valuesOf(inner, [...path, name]));
}
