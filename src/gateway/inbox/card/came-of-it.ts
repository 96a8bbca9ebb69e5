import { html } from 'hono/html';

import type { ActionOutcome, AnyApproval } from '../../../contracts/approval/approval.ts';
import { StoreUnavailableError } from '../../../store/errors.ts';
import type { Store } from '../../../store/store.ts';
import { linkTo, type Html } from '../html.ts';
import { words } from '../strings/words.ts';
import { visibleText } from '../visible-text.ts';

/** How the record says that an action ended: as soon as it has, while its turn may not know it yet. */
export interface CameOfIt {
  outcome: Extract<ActionOutcome, 'executed' | 'failed' | 'unknown' | 'stale'>;
  /** Absent where the record has none. */
  output?: string;
  /** Characters that are left out. */
  left?: number;
}

/** An output is for the model; the record has all of it. */
const MOST_CHARACTERS = 4_000;
const ENDS: readonly string[] = ['executed', 'failed', 'unknown', 'stale'];

/** Null where nothing has ended, or no record can be read. */
export async function readCameOfIt(
  store: Pick<Store, 'record'> | null,
  { tenant, approvalId, status, turnId }: AnyApproval,
): Promise<CameOfIt | null> {
  if (store === null || status !== 'approved' || turnId === undefined) return null;
  try {
    const entries = await store.record.ofApproval(tenant, approvalId);
    const end = entries.findLast(({ kind }) => ENDS.includes(kind));
    if (end === undefined) return null;
    const outcome = end.kind as CameOfIt['outcome'];
    const digest = end.contents?.output;
    const content = digest === undefined ? undefined : (await store.record.content(tenant, digest))?.content;
    if (content === undefined) return { outcome };
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const characters = Array.from(text);
    const left = characters.length - MOST_CHARACTERS;
    return { outcome, output: characters.slice(0, MOST_CHARACTERS).join(''), ...(left > 0 && { left }) };
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null;
    throw error;
  }
}

export function outcomeOf({ status, outcome }: AnyApproval, end: CameOfIt | null): ActionOutcome {
  return end?.outcome ?? outcome ?? (status === 'approved' ? 'executing' : 'not_executed');
}

/** What came of the action, in words, and its output. */
export function cameOfIt(approval: AnyApproval, end: CameOfIt | null): Html {
  const outcome = outcomeOf(approval, end);
  const { card, outcome: outcomes } = words();
  return html`<p>${outcomes[outcome]} ${outcome === 'executing' && linkTo('')(card.lookAgain)}</p>
    ${
      end?.output !== undefined &&
      html`<blockquote>
        <span class="label">${card.output}</span> ${visibleText(end.output)}
        ${end.left !== undefined && html`<span class="muted">${card.leftInRecord(end.left)}</span>`}
      </blockquote>`
    }`;
}
