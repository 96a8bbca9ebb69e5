import { setTimeout as sleep } from 'node:timers/promises';

import { isApprovalId } from '../../contracts/ids.ts';
import { ChannelError } from '../../notices/channel.ts';
import type { SlackApi } from '../../notices/slack/api.ts';
import { isChannel } from '../../notices/slack/slack.ts';
import type { Notice } from '../../store/notices/rows.ts';
import type { Store } from '../../store/store.ts';
import type { GatewayParts } from '../gateway-env.ts';
import { takeDecision } from '../take-decision.ts';
import { whoClicked } from './clicker.ts';
import { outcomeWords } from './outcome.ts';
import { readInteraction, type By, type Clicked, type Interaction } from './payloads.ts';
import { createSentCards } from './sent-cards.ts';
import { decisionView, tellingView } from './views.ts';

/** Slack shows a fault unless it is answered within three seconds. */
const ANSWER_MS = 2_300;

const SETTLED = 'It was settled meanwhile, so nothing was decided. The card shows how.';
const CHANGED =
  'The arguments have changed since this card was written. Nothing was decided; the card shows them now.';
const NOT_SENT =
  'This is not a card that was sent to you here, so it decides nothing. Open the inbox instead.';
const LATE = 'Your decision is being taken. The card will show what became of it.';

const FAILED = 'It could not be decided now. Try again in a moment, or open it in the inbox.';

/** @returns what Slack is to be answered: a form's next page, or nothing. */
export type Answer = (payload: unknown, requestId: string) => Promise<object | null>;

/** Answers clicks and forms from Slack. Whatever they carry is looked at again: who it is, which card, which arguments. */
export function createInteractions(
  parts: GatewayParts,
  { store, api, publicUrl }: { store: Store; api: SlackApi; publicUrl: string },
): { answer: Answer } {
  const { client, log } = parts;
  const sent = createSentCards({ client, store, api, publicUrl });

  return { answer };

  async function answer(payload: unknown, requestId: string): Promise<object | null> {
    const interaction = readInteraction(payload);
    if (interaction === null) return null;
    try {
      const { view, fields } = await respond(interaction, requestId);
      if (interaction.is === 'click') await api.openView(interaction.triggerId, view);
      else return fields ?? { response_action: 'update', view };
    } catch (error) {
      // Slack shows nothing when there is nothing to show it with: who clicked clicks again.
      if (!(error instanceof ChannelError)) throw error;
      log('slack.not_shown', { requestId, error: error.message });
    }
    return null;
  }

  /** What whoever clicked sees next. */
  async function respond(
    interaction: Interaction,
    requestId: string,
  ): Promise<{ view: object; fields?: object }> {
    const { by, clicked } = interaction;
    const checked = await check(by, clicked);
    if ('refusal' in checked) {
      const { refusal, notice } = checked;
      log('slack.refused', { requestId, user: by.userId, approvalId: clicked.approvalId, why: refusal });
      if (notice) refresh(clicked.tenant, notice);
      return { view: tellingView(refusal) };
    }
    if (interaction.is === 'click') return { view: decisionView(clicked, sent.card(checked.approval)) };
    const early = await Promise.race([
      decide(interaction, checked, requestId),
      sleep(ANSWER_MS, LATE, { ref: false }),
    ]);
    if (typeof early === 'string') return { view: tellingView(early) };
    const view = tellingView(outcomeWords(early));
    return early?.outcome === 'refused' && early.reason === 'note_required'
      ? { view, fields: { response_action: 'errors', errors: { text: 'The policy wants a reason.' } } }
      : { view };
  }

  async function decide(
    { clicked, text, viewId }: Extract<Interaction, { is: 'sent' }>,
    { personId, notice }: { personId: string; notice: Notice },
    requestId: string,
  ) {
    const { tenant, approvalId, digest, kind } = clicked;
    const words = text.trim();
    try {
      return await takeDecision(parts, {
        ...{ tenant, approvalId, approver: { id: personId }, requestId },
        ...{ authenticated: { by: 'slack' as const }, source: 'slack' },
        body: {
          ...{ decision: kind, argumentsDigest: digest },
          ...(words !== '' && (kind === 'respond' ? { response: words } : { note: words })),
        },
        // The same form again is the same decision.
        key: `slack:${viewId}`,
      });
    } catch (error) {
      log('slack.not_decided', { requestId, approvalId, error: String(error) });
      return FAILED;
    } finally {
      refresh(tenant, notice);
    }
  }

  async function check(by: By, clicked: Clicked) {
    const { tenant, approvalId, digest } = clicked;
    const who = await whoClicked({ api, people: store.people }, tenant, by);
    if ('refusal' in who) return { ...who, notice: null };
    const personId = who.person.id;
    const notice = isApprovalId(approvalId) ? await sent.find(tenant, approvalId, clicked) : null;
    const isForAll = isChannel(notice?.ways[0]?.address ?? '');
    if (notice === null || (notice.personId !== personId && !isForAll))
      return { refusal: NOT_SENT, notice: null };
    const approval = await client.getApproval(tenant, approvalId);
    if (approval?.status !== 'pending') return { refusal: SETTLED, notice };
    if (approval.argumentsDigest !== digest) return { refusal: CHANGED, notice };
    return { personId, approval, notice };
  }

  /** Nobody waits for it; every copy of the card is brought up to date by the notices, too. */
  function refresh(tenant: string, notice: Notice): void {
    sent.refresh(tenant, notice).catch((error: unknown) => {
      log('slack.not_refreshed', { tenant, messageId: notice.messageId, error: String(error) });
    });
  }
}
