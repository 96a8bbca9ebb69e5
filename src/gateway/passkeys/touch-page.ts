import { html } from 'hono/html';

import type { AnyApproval } from '../../contracts/approval/approval.ts';
import type { DecisionKind } from '../../contracts/approval/decision.ts';
import { argumentsTable } from '../inbox/arguments-table.ts';
import { grantWords } from '../inbox/grants/words.ts';
import type { Html } from '../inbox/html.ts';
import { tickedTerms, typedText } from '../inbox/read-form.ts';
import { visibleText } from '../inbox/visible-text.ts';
import type { Asked } from './script.ts';

/** What is sent again as it came, with the touch. */
const KEPT = [
  'csrf',
  'decisionId',
  'argumentsDigest',
  'decision',
  'note',
  'arguments',
  'response',
  'breakGlass',
  'grant',
];

const WORDS: Record<DecisionKind, string> = {
  approve: 'approve it as shown here',
  deny: 'deny it',
  edit: 'approve it with the arguments that you wrote',
  respond: 'answer in its place',
};

/** Between a decision whose policy asks for a passkey and the decision itself: what is about to be signed, and the passkey's turn. */
export function touchPage({
  approval,
  form,
  problem,
  asked,
  token = '',
}: {
  approval: AnyApproval;
  form: URLSearchParams;
  /** Why no passkey can be used here. */
  problem?: string;
  /** What the browser is told to ask for; absent for somebody who has no passkey. */
  asked?: Asked;
  token?: string;
}): Html {
  const { approvalId, tool, arguments: args, argumentsDigest } = approval;
  const typed = typedText(form);
  const may = typed.grant && approval.rule?.mayGrant;
  const texts = [typed.note, typed.response, typed.decision === 'edit' ? typed.arguments : ''];
  const kept = KEPT.flatMap((name) => {
    const value = form.get(name);
    return value === null ? [] : [html`<input type="hidden" name="${name}" value="${value}" />`];
  });
  return html`<p class="back"><a href="/inbox/approvals/${approvalId}">Back to the card</a></p>
    <section class="card">
      <h1>${asked === undefined ? 'A passkey is needed' : 'Touch your passkey'}</h1>
      <p>
        You are about to
        ${typed.breakGlass && html`<strong>break the glass</strong> and `}<strong>${WORDS[typed.decision ?? 'approve']}</strong>:
        ${visibleText(tool)}${may && html`, and ${grantWords({ ...may, ...(tickedTerms(form) as object) })}`}.
        Nothing was decided yet.
      </p>
      ${argumentsTable(args)}
      <p class="digest"><span class="label">Digest</span> <code>${argumentsDigest}</code></p>
      ${texts.filter(Boolean).map((text) => html`<blockquote>${visibleText(text)}</blockquote>`)}
      ${problem === undefined ? wayOn() : html`<p class="notice bad" role="alert">Passkeys do not work here: ${problem}</p>`}
    </section>`;

  function wayOn(): Html {
    const address = `/inbox/approvals/${approvalId}/decision`;
    if (asked === undefined)
      return html`<p>
          The policy asks for a passkey, and you have none yet.
          <a href="/inbox/passkeys" target="_blank">Add one in another tab</a>, then come back to this one.
        </p>
        <form method="post" action="${address}">
          ${kept}<input type="hidden" name="passkey" value="ask" />
          <button class="primary" type="submit">I have one now: go on</button>
        </form>`;
    return html`<form method="post" action="${address}" data-passkey="${JSON.stringify(asked)}">
      ${kept}<input type="hidden" name="passkey" value="given" />
      <input type="hidden" name="token" value="${token}" />
      <input type="hidden" name="touch" value="" />
      <button class="primary" type="submit">Touch the passkey, and decide</button>
      <p role="status"></p>
      <noscript><p class="notice bad">Passkeys need JavaScript. Nothing else in the inbox does.</p></noscript>
    </form>`;
  }
}
