import { setTimeout as sleep } from 'node:timers/promises';

import { isApprovalId } from '../../contracts/ids.ts';
import { createSlackApi, type SlackApiOptions } from '../../notices/slack/api.ts';
import type { Notice } from '../../store/notices.ts';
import type { Store } from '../../store/store.ts';
import type { GatewayParts } from '../gateway-env.ts';
import { takeDecision } from '../take-decision.ts';
import { whoClicked } from './clicker.ts';
import { outcomeWords } from './outcome.ts';
import { readInteraction, type By, type Clicked } from './payloads.ts';
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

/** Answers clicks and forms from Slack. Whatever they carry is looked at again: who it is, which card, which arguments. */
export function createInteractions(
  parts: GatewayParts,
  { store, slack }: { store: Store; slack: SlackApiOptions & { publicUrl: string } },
) {
  const { client, log } = parts;
  const api = createSlackApi(slack);
  const sent = createSentCards({ client, store, api, publicUrl: slack.publicUrl });

  return { answer };

  /** @returns what Slack is to be answered: a form's next page, or nothing. */
  async function answer(payload: unknown, requestId: string): Promise<object | null> {
    const interaction = readInteraction(payload);
    if (interaction === null) return null;
    const { by, clicked } = interaction;
    const checked = await check(by, clicked);
    if ('refusal' in checked) {
      log('slack.refused', {
        requestId,
        user: by.userId,
        approvalId: clicked.approvalId,
        why: checked.refusal,
      });
      if (checked.notice) refresh(clicked.tenant, checked.notice);
      return tell(checked.refusal);
    }
    const { personId, approval, notice } = checked;
    if (interaction.is === 'click') {
      await api.openView(interaction.triggerId, decisionView(clicked, sent.card(approval)));
      return null;
    }
    const words = interaction.text.trim();
    const { tenant, approvalId, digest, kind } = clicked;
    const taking = takeDecision(parts, {
      ...{ tenant, approvalId, approver: { id: personId }, requestId },
      ...{ authenticated: { by: 'slack' as const }, source: 'slack' },
      body: {
        ...{ decision: kind, argumentsDigest: digest },
        ...(words !== '' && (kind === 'respond' ? { response: words } : { note: words })),
      },
      // The same form again is the same decision.
      key: `slack:${interaction.viewId}`,
    });
    void taking.then(
      () => refresh(tenant, notice),
      (error: unknown) => log('slack.not_decided', { requestId, approvalId, error: String(error) }),
    );
    const early = await Promise.race([taking, sleep(ANSWER_MS, 'late' as const, { ref: false })]);
    if (early === 'late') return tell(LATE);
    if (early?.outcome === 'refused' && early.reason === 'note_required')
      return { response_action: 'errors', errors: { text: 'The policy wants a reason.' } };
    return tell(outcomeWords(early));

    async function tell(text: string): Promise<object | null> {
      const view = tellingView(text);
      if (interaction?.is !== 'click') return { response_action: 'update', view };
      await api.openView(interaction.triggerId, view);
      return null;
    }
  }

  async function check(by: By, clicked: Clicked) {
    const { tenant, approvalId, digest } = clicked;
    const who = await whoClicked({ api, people: store.people }, tenant, by);
    if ('refusal' in who) return { ...who, notice: null };
    const personId = who.person.id;
    const notice = isApprovalId(approvalId) ? await sent.find(tenant, approvalId, clicked) : null;
    if (notice?.personId !== personId) return { refusal: NOT_SENT, notice: null };
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
